"""KuCoin's REST API, spot: the websocket token, symbols, books of 20 and 100 levels, candles, trades.

Weights of 4000 in 30 seconds. The full book needs a key, as on the real host.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import WeightBudget
from . import kucoin_frames as frames

PING_MS, PING_TIMEOUT_MS = 18_000, 10_000
TOKEN_SECONDS = 86_400
BUDGET, WINDOW_SECONDS = 4000, 30
INTERVALS_MS = {
    "1min": 60_000, "3min": 180_000, "5min": 300_000, "15min": 900_000, "30min": 1_800_000, "1hour": 3_600_000,
    "2hour": 7_200_000, "4hour": 14_400_000, "6hour": 21_600_000, "8hour": 28_800_000, "12hour": 43_200_000,
    "1day": 86_400_000, "1week": 604_800_000,
}  # fmt: skip
BOOK_PATH = "/api/v1/market/orderbook/level2_"
WEIGHTS = {"/api/v1/bullet-public": 10, BOOK_PATH + "20": 2, BOOK_PATH + "100": 4, "/api/v1/symbols": 4,
           "/api/v2/symbols": 4, "/api/v1/market/candles": 3, "/api/v1/market/histories": 3,
           "/api/v1/timestamp": 3, "/api/v1/market/orderbook/level1": 2}  # fmt: skip
MOST_CANDLES = 1500


class BadRequest(Exception):
    """A request that KuCoin answers with a code of its own."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.answer = RestAnswer(status, {"code": code, "msg": message})


class KucoinRest:
    """Answers /api/v1, v2 and v3 of the venue."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.budget = WeightBudget(BUDGET, WINDOW_SECONDS, patience=1 << 30)
        self._tokens: dict[str, float] = {}
        self._routes: dict[str, Callable[[RestRequest], Any]] = {
            "/api/v1/bullet-public": self._bullet,
            "/api/v1/timestamp": lambda request: int(request.now * 1000),
            "/api/v1/symbols": self._symbols,
            "/api/v2/symbols": self._symbols,
            "/api/v1/market/orderbook/level1": self._best,
            BOOK_PATH + "20": lambda request: self._book(request, 20),
            BOOK_PATH + "100": lambda request: self._book(request, 100),
            "/api/v3/market/orderbook/level2": self._locked,
            "/api/v1/market/candles": self._candles,
            "/api/v1/market/histories": self._histories,
        }

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request and book its weight."""
        route = self._routes.get(request.path)
        if route is None:
            return RestAnswer(404, {"code": "404000", "msg": "Not Found"})
        verdict = self.budget.spend(request.client, WEIGHTS.get(request.path, 2), request.now)
        reset_ms = int((WINDOW_SECONDS - request.now % WINDOW_SECONDS) * 1000)
        headers = {"gw-ratelimit-limit": str(BUDGET), "gw-ratelimit-remaining": str(max(0, BUDGET - verdict.used)),
                   "gw-ratelimit-reset": str(reset_ms)}  # fmt: skip
        if verdict.status != 200:
            return RestAnswer(429, refusal(429, None).body, headers)
        try:
            data = route(request)
        except BadRequest as error:
            return error.answer
        if isinstance(data, str):
            return RestAnswer(200, f'{{"code":"200000","data":{data}}}', headers)
        return RestAnswer(200, {"code": "200000", "data": data}, headers)

    # -- the websocket's address --------------------------------------------------------------------------------

    def _bullet(self, request: RestRequest) -> Any:
        """A token and this very port: whatever name the client reached it by."""
        host = header(request.headers, "Host") or "127.0.0.1"
        token = hashlib.sha256(f"{len(self._tokens)}/{request.now}".encode()).hexdigest()
        self._tokens[token] = request.now
        return {
            "token": token,
            "instanceServers": [{"endpoint": f"ws://{host}/", "encrypt": False, "protocol": "websocket",
                                 "pingInterval": PING_MS, "pingTimeout": PING_TIMEOUT_MS}],
        }  # fmt: skip

    def valid_token(self, token: str, now: float) -> bool:
        """True for a token given out within the last 24 hours."""
        return now - self._tokens.get(token, -1e18) < TOKEN_SECONDS

    # -- market data --------------------------------------------------------------------------------------------

    def _symbols(self, _: RestRequest) -> Any:
        return [symbol_entry(item) for item in self.instruments.values()]

    def _market(self, request: RestRequest) -> VenueMarket:
        symbol = request.query.get("symbol", "")
        market = self.markets.get(symbol)
        if market is None:
            raise BadRequest("400100" if not symbol else "900001", "symbol parameter invalid" if not symbol
                             else f"Symbol {symbol} not exists")  # fmt: skip
        return market

    def _book(self, request: RestRequest, count: int) -> Any:
        market = self._market(request)
        state, item = view(market, request.as_of_us), market.instrument
        return (
            f'{{"time":{state.time_us // 1000},"sequence":"{frames.counter(state.sequence)}",'
            f'"bids":[{frames.levels(item, state.bids[:count])}],"asks":[{frames.levels(item, state.asks[:count])}]}}'
        )

    @staticmethod
    def _locked(_: RestRequest) -> Any:
        raise BadRequest("400001", "Please check the header of your request for KC-API-KEY, KC-API-SIGN, "
                         "KC-API-TIMESTAMP, KC-API-PASSPHRASE", 401)  # fmt: skip

    def _best(self, request: RestRequest) -> Any:
        market = self._market(request)
        item, (bid, bid_size, ask, ask_size) = market.instrument, market.book.touch()
        last = market.history.minutes[-1].close
        price, size = item.price_number, item.size_number
        return {"time": market.time_us // 1000, "sequence": str(frames.counter(market.sequence)), "price": price(last),
                "size": size(1), "bestBid": price(bid), "bestBidSize": size(bid_size), "bestAsk": price(ask),
                "bestAskSize": size(ask_size)}  # fmt: skip

    def _candles(self, request: RestRequest) -> Any:
        """Newest first; intervals without trades are left out."""
        market = self._market(request)
        length = INTERVALS_MS.get(request.query.get("type", ""))
        if length is None:
            raise BadRequest("400100", "type parameter invalid")
        start, end = number(request, "startAt", 0), number(request, "endAt", 0) or 1 << 40
        known = market.history.candles(length, market.clock_us)
        chosen = [candle for candle in known if candle.trades and start <= candle.start_ms // 1000 < end]
        return [frames.candle_values(market.instrument, candle) for candle in chosen[-MOST_CANDLES:][::-1]]

    def _histories(self, request: RestRequest) -> Any:
        """The last 100 trades, newest first."""
        market = self._market(request)
        item = market.instrument
        return [
            {"sequence": str(trade.id), "price": item.price_number(trade.price), "size": item.size_number(trade.size),
             "side": frames.taker_side(trade), "time": trade.time_us * 1000}
            for trade in reversed(list(market.history.trades)[-100:])
        ]  # fmt: skip


def symbol_entry(item: Instrument) -> dict[str, Any]:
    """One entry of /api/v2/symbols."""
    pair = item.pair
    return {
        "symbol": item.symbol, "name": item.symbol, "baseCurrency": pair.base, "quoteCurrency": pair.quote,
        "feeCurrency": pair.quote, "market": pair.quote if pair.quote == "BTC" else "USDS",
        "baseMinSize": item.size_number(1), "quoteMinSize": "0.1", "baseMaxSize": "10000000000",
        "quoteMaxSize": "99999999", "baseIncrement": item.size_number(1), "quoteIncrement": "0.000001",
        "priceIncrement": item.price_number(1), "priceLimitRate": "0.1", "minFunds": "0.1", "isMarginEnabled": False,
        "enableTrading": True,
    }  # fmt: skip


def refusal(status: int, retry_after: int | None) -> RestAnswer:
    """The answer with an error status."""
    code, message = {
        429: ("429000", "Too Many Requests"),
        403: ("403000", "Forbidden"),
        451: ("451000", "Unavailable in your region"),
    }.get(status, ("500000", "Internal Server Error"))
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return RestAnswer(status, {"code": code, "msg": message}, headers)


def number(request: RestRequest, name: str, default: int) -> int:
    """A whole number of the query."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest("400100", f"{name} parameter invalid")
    return int(text)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header, however its name is written."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")
