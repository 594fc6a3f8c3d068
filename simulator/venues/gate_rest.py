"""Gate's REST API v4, spot: market data only. 200 requests in 10 seconds for each endpoint and address."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import WeightBudget
from ..trade_history import Candle, Trade
from . import gate_frames as frames

PREFIX = "/api/v4"
INTERVALS_MS = {
    "10s": 10_000, "1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000, "4h": 14_400_000,
    "8h": 28_800_000, "1d": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000,
}  # fmt: skip
LIMIT, WINDOW_SECONDS = 200, 10
Route = Callable[[RestRequest, str], Any]


class BadRequest(Exception):
    """A request that Gate answers with a label."""

    def __init__(self, label: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.answer = RestAnswer(status, {"label": label, "message": message})


class GateApi:
    """Routes, budgets and errors. A route gets the request and what stands in the path behind its name."""

    def __init__(self, instruments: dict[str, Instrument], parameter: str) -> None:
        self.instruments = instruments
        self.parameter = parameter  # how a request names its symbol
        self.markets: dict[str, VenueMarket] = {}
        self.budgets: dict[str, WeightBudget] = {}
        self.routes: dict[str, Route] = {}

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request."""
        name, rest = self._split(request.path)
        route = self.routes.get(name)
        if route is None:
            return RestAnswer(404, {"label": "NOT_FOUND", "message": "Not found"})
        budget = self.budgets.setdefault(name, WeightBudget(LIMIT, WINDOW_SECONDS, patience=1 << 30))
        verdict = budget.spend(request.client, 1, request.now)
        reset = (int(request.now) // WINDOW_SECONDS + 1) * WINDOW_SECONDS
        headers = {"X-Gate-RateLimit-Requests-Remain": str(max(0, LIMIT - verdict.used)),
                   "X-Gate-RateLimit-Limit": str(LIMIT),
                   "X-Gate-RateLimit-Reset-Timestamp": str(reset)}  # fmt: skip
        if verdict.status != 200:
            return RestAnswer(429, refusal(429, None).body, headers)
        try:
            return RestAnswer(200, route(request, rest), headers)
        except BadRequest as error:
            return error.answer

    def _split(self, path: str) -> tuple[str, str]:
        """The route's name and the rest of a path."""
        path = path.removeprefix(PREFIX).strip("/")
        name = next((name for name in self.routes if path == name or path.startswith(name + "/")), "")
        return name, path.removeprefix(name).strip("/")

    def market(self, request: RestRequest) -> VenueMarket:
        """The market that a request names."""
        symbol = request.query.get(self.parameter, "")
        if not symbol:
            raise BadRequest("MISSING_REQUIRED_PARAM", f"Missing required parameter: {self.parameter}")
        return self.market_named(symbol)

    def market_named(self, symbol: str) -> VenueMarket:
        """A market by its symbol."""
        market = self.markets.get(symbol)
        if market is None:
            label = "INVALID_CURRENCY_PAIR" if self.parameter == "currency_pair" else "CONTRACT_NOT_FOUND"
            raise BadRequest(label, f"Invalid {self.parameter.replace('_', ' ')} {symbol}")
        return market

    def interval_ms(self, request: RestRequest, default: str) -> int:
        """The interval of a candle request."""
        name = request.query.get("interval", default)
        if name not in INTERVALS_MS:
            raise BadRequest("INVALID_PARAM_VALUE", f"Invalid interval {name}")
        return INTERVALS_MS[name]

    def candles(self, request: RestRequest, most: int) -> list[Candle]:
        """The candles a request wants, oldest first: `limit`, or `from` and `to`, not both."""
        market, length = self.market(request), self.interval_ms(request, "30m")
        if "limit" in request.query and {"from", "to"} & set(request.query):
            raise BadRequest("INVALID_PARAM_VALUE", "limit conflicts with from and to")
        known = market.history.candles(length, market.clock_us)
        if not {"from", "to"} & set(request.query):
            return known[-number(request, "limit", 100, most) :]
        start, end = number(request, "from", 0), number(request, "to", 1 << 40)
        chosen = [candle for candle in known if start <= candle.start_ms // 1000 <= end]
        if len(chosen) > most:
            raise BadRequest("INVALID_PARAM_VALUE", f"Candlestick range too broad. Maximum {most} data points")
        return chosen


class GateRest(GateApi):
    """Answers GET /api/v4/spot/..."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments, "currency_pair")
        self.routes = {
            "spot/time": lambda request, _: {"server_time": int(request.now * 1000)},
            "spot/currency_pairs": self._pairs,
            "spot/order_book": self._order_book,
            "spot/candlesticks": self._candlesticks,
            "spot/trades": self._trades,
        }

    def _pairs(self, _: RestRequest, symbol: str) -> Any:
        if symbol and symbol not in self.instruments:
            raise BadRequest("INVALID_CURRENCY_PAIR", f"Invalid currency pair {symbol}")
        entries = [pair_entry(item) for item in self.instruments.values() if symbol in ("", item.symbol)]
        return entries[0] if symbol else entries

    def _order_book(self, request: RestRequest, _: str) -> Any:
        market, limit = self.market(request), number(request, "limit", 10, 100)
        state, item, now = view(market, request.as_of_us), market.instrument, int(request.now * 1000)
        number_part = f'"id":{state.sequence},' if request.query.get("with_id") == "true" else ""
        return (
            f'{{{number_part}"current":{now},"update":{state.time_us // 1000},'
            f'"asks":[{frames.rows(item, state.asks[:limit])}],"bids":[{frames.rows(item, state.bids[:limit])}]}}'
        )

    def _candlesticks(self, request: RestRequest, _: str) -> Any:
        item, length, now = self.market(request).instrument, self.interval_ms(request, "30m"), request.now * 1000
        return [candle_row(item, candle, candle.start_ms + length <= now) for candle in self.candles(request, 1000)]

    def _trades(self, request: RestRequest, _: str) -> Any:
        market = self.market(request)
        return [trade_entry(market.instrument, trade) for trade in wanted_trades(market, request)]


def wanted_trades(market: VenueMarket, request: RestRequest) -> list[Trade]:
    """The trades a request wants, newest first: behind `last_id`, or before it when `reverse` is true."""
    limit, known = number(request, "limit", 100, 1000), list(market.history.trades)
    if "last_id" in request.query:
        last = number(request, "last_id", 0)
        if request.query.get("reverse") == "true":
            known = [trade for trade in known if trade.id < last]
        else:
            known = [trade for trade in known if trade.id > last][:limit]
    return known[-limit:][::-1]


def pair_entry(item: Instrument) -> dict[str, Any]:
    """One entry of /spot/currency_pairs: precisions are decimals."""
    pair = item.pair
    return {
        "id": item.symbol, "base": pair.base, "base_name": pair.base, "quote": pair.quote, "quote_name": pair.quote,
        "fee": "0.2", "min_base_amount": item.size_number(1), "min_quote_amount": "3",
        "amount_precision": item.lot_decimals, "precision": item.tick_decimals, "trade_status": "tradable",
        "sell_start": 0, "buy_start": 0, "delisting_time": 0, "type": "normal",
    }  # fmt: skip


def candle_row(item: Instrument, candle: Candle, closed: bool) -> list[str]:
    """One row of /spot/candlesticks: the quote volume comes first, the open after the low."""
    price = item.price_number
    return [
        str(candle.start_ms // 1000), frames.quote_volume(item, candle), price(candle.close), price(candle.high),
        price(candle.low), price(candle.open), item.size_number(candle.volume), "true" if closed else "false",
    ]  # fmt: skip


def trade_entry(item: Instrument, trade: Trade) -> dict[str, str]:
    """One entry of /spot/trades."""
    return {
        "id": str(trade.id), "create_time": str(trade.time_us // 1_000_000),
        "create_time_ms": frames.fine_ms(trade.time_us), "currency_pair": item.symbol,
        "side": frames.taker_side(trade), "amount": item.size_number(trade.size),
        "price": item.price_number(trade.price), "sequence_id": str(trade.id),
    }  # fmt: skip


def refusal(status: int, retry_after: int | None) -> RestAnswer:
    """The answer with an error status."""
    label, message = {
        429: ("TOO_MANY_REQUESTS", "Request Rate limit Exceeded"),
        403: ("FORBIDDEN", "Forbidden"),
        451: ("FORBIDDEN", "Unavailable in your region"),
    }.get(status, ("SERVER_ERROR", "Internal server error"))
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return RestAnswer(status, {"label": label, "message": message}, headers)


def number(request: RestRequest, name: str, default: int, most: int | None = None) -> int:
    """A whole number of the query, at most `most`."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16) or (most is not None and not 1 <= int(text) <= most):
        raise BadRequest("INVALID_PARAM_VALUE", f"Invalid value of {name}: {text}")
    return int(text)
