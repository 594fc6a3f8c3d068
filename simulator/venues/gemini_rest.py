"""Gemini's REST API: symbols, books as objects and without number, trades, candles. 120 requests a minute."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import WeightBudget
from ..trade_history import Candle
from .gemini_frames import taker_side

INTERVALS_MS = {
    "1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1hr": 3_600_000, "6hr": 21_600_000,
    "1day": 86_400_000,
}  # fmt: skip
MOST_CANDLES = 1440
MOST_TRADES = 500


class BadRequest(Exception):
    """A request that is answered with a reason."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.answer = RestAnswer(status, {"result": "error", "reason": reason, "message": message})


class GeminiRest:
    """Answers GET /v1/... and /v2/candles/..."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.budget = WeightBudget(120, patience=1 << 30)
        self._routes: dict[str, Callable[[VenueMarket, RestRequest, list[str]], Any]] = {
            "v1/book": self._book,
            "v1/trades": self._trades,
            "v2/candles": self._candles,
        }

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request."""
        if self.budget.spend(request.client, 1, request.now).status != 200:
            return refusal(429, None)
        try:
            return RestAnswer(200, self._body(request))
        except BadRequest as error:
            return error.answer

    def _body(self, request: RestRequest) -> Any:
        parts = request.path.strip("/").split("/")
        if parts == ["v1", "symbols"]:
            return list(self.instruments)
        if parts[:3] == ["v1", "symbols", "details"] and len(parts) == 4:
            if parts[3] == "all":
                return [details(item) for item in self.instruments.values()]
            return details(self.instruments[self._known(parts[3])])
        route = self._routes.get("/".join(parts[:2]))
        if route is None or len(parts) < 3:
            raise BadRequest(404, "EndpointNotFound", "API entry point not found")
        market = self.markets.get(self._known(parts[2]))
        if market is None:
            raise BadRequest(404, "EndpointNotFound", "no market data")
        return route(market, request, parts[3:])

    def _known(self, symbol: str) -> str:
        if symbol.lower() not in self.instruments:
            raise BadRequest(400, "InvalidSymbol", f"Supplied value '{symbol}' is not a valid symbol")
        return symbol.lower()

    @staticmethod
    def _book(market: VenueMarket, request: RestRequest, _: list[str]) -> Any:
        """The best levels of each side; a limit of 0 means all."""
        state, item = view(market, request.as_of_us), market.instrument
        counts = number(request, "limit_bids", 50) or None, number(request, "limit_asks", 50) or None
        stamp = state.time_us // 1_000_000
        bids, asks = (
            [{"price": item.price_text(price), "amount": item.size_number(size), "timestamp": str(stamp)}
             for price, size in levels[:count]]
            for levels, count in zip((state.bids, state.asks), counts, strict=True)
        )  # fmt: skip
        return {"bids": bids, "asks": asks}

    @staticmethod
    def _trades(market: VenueMarket, request: RestRequest, _: list[str]) -> Any:
        """Newest first: the last ones, or the first ones after a time or an id."""
        limit, since = min(MOST_TRADES, number(request, "limit_trades", 50)), number(request, "timestamp", 0)
        since_ms = since if since > 10**11 else since * 1000
        first = number(request, "since_tid", 0)
        known = [t for t in market.history.trades if t.time_us // 1000 >= since_ms and t.id > first]
        chosen = known[:limit] if since or first else known[-limit:]
        item = market.instrument
        return [
            {"timestamp": one.time_us // 1_000_000, "timestampms": one.time_us // 1000, "tid": one.id,
             "price": item.price_text(one.price), "amount": item.size_number(one.size), "exchange": "gemini",
             "type": taker_side(one)}
            for one in reversed(chosen)
        ]  # fmt: skip

    @staticmethod
    def _candles(market: VenueMarket, _: RestRequest, rest: list[str]) -> Any:
        """Newest first, a window that the venue fixes; minutes without trades are flat."""
        length = INTERVALS_MS.get(rest[0] if rest else "")
        if length is None:
            raise BadRequest(400, "InvalidTimeInterval", "Supplied time interval is not valid")
        chosen = market.history.candles(length, market.clock_us)[-MOST_CANDLES:][::-1]
        return "[" + ",".join(candle_row(market.instrument, candle) for candle in chosen) + "]"


def details(item: Instrument) -> dict[str, Any]:
    """One entry of /v1/symbols/details: `tick_size` is the step of quantities, `quote_increment` of prices."""
    return {
        "symbol": item.symbol.upper(), "base_currency": item.pair.base, "quote_currency": item.pair.quote,
        "tick_size": 10.0**-item.lot_decimals, "quote_increment": 10.0**-item.tick_decimals,
        "min_order_size": item.size_number(1000), "status": "open", "wrap_enabled": False, "product_type": "spot",
        "contract_type": "vanilla", "contract_price_currency": item.pair.quote,
    }  # fmt: skip


def candle_row(item: Instrument, candle: Candle) -> str:
    """A candle as a row of numbers: start in ms, open, high, low, close, volume."""
    price = item.price_number
    return (
        f"[{candle.start_ms},{price(candle.open)},{price(candle.high)},{price(candle.low)},{price(candle.close)},"
        f"{item.size_number(candle.volume)}]"
    )


def refusal(status: int, retry_after: int | None) -> RestAnswer:
    """The answer with an error status."""
    reason = {429: "RateLimit", 403: "Forbidden", 451: "Unavailable"}.get(status, "System")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "Requests were made too frequently" if status == 429 else "We are experiencing technical issues"
    return RestAnswer(status, {"result": "error", "reason": reason, "message": message}, headers)


def number(request: RestRequest, name: str, default: int) -> int:
    """A whole number of the query."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise BadRequest(400, "InvalidParameter", f"Invalid value of {name}")
    return int(text)
