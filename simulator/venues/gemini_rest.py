"""Gemini's REST API: symbols, books as objects and without number, trades, candles. 120 requests per minute."""

from typing import Any

from ..exchange import RestRequest, view
from ..instruments import Instrument
from ..rest import Refused, RestApi
from ..trade_history import Candle
from .gemini_frames import taker_side

INTERVALS_MS = {
    "1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1hr": 3_600_000, "6hr": 21_600_000,
    "1day": 86_400_000,
}  # fmt: skip
MOST_CANDLES = 1440
MOST_TRADES = 500
TROUBLE = "We are experiencing technical issues"


class GeminiRest(RestApi):
    """Answers GET /v1/... and /v2/candles/..."""

    slashes = True
    budget = 120, 60
    troubles = {429: ("RateLimit", "Requests were made too frequently"), 403: ("Forbidden", TROUBLE),
                451: ("Unavailable", TROUBLE), 404: ("EndpointNotFound", "API entry point not found"),
                500: ("System", TROUBLE)}  # fmt: skip

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.routes = {
            "/v1/symbols": lambda _: list(self.instruments),
            "/v1/symbols/details/all": lambda _: [details(item) for item in self.instruments.values()],
            "/v1/symbols/details/{}": lambda request: details(self.listed(request)),
            "/v1/book/{}": self._book,
            "/v1/trades/{}": self._trades,
            "/v2/candles/{}": self._candles,
            "/v2/candles/{}/{}": self._candles,
        }

    def symbol_of(self, request: RestRequest) -> str:
        return (super().symbol_of(request) or "").lower()

    def error(self, code: str, text: str) -> Any:
        return {"result": "error", "reason": code, "message": text}

    def bad(self, name: str, value: str | None) -> Refused:
        if name != self.symbol_key:
            return self.refused("InvalidParameter", f"Invalid value of {name}")
        if value in self.instruments:
            return self.refused("EndpointNotFound", "no market data", 404)
        return self.refused("InvalidSymbol", f"Supplied value '{value}' is not a valid symbol")

    def _book(self, request: RestRequest) -> Any:
        """The best levels of each side; a limit of 0 means all."""
        market = self.market(request)
        state, item = view(market, request.as_of_us), market.instrument
        counts = (self.whole(request, name, 50) or None for name in ("limit_bids", "limit_asks"))
        stamp = state.time_us // 1_000_000
        bids, asks = (
            [{"price": item.price_text(price), "amount": item.size_number(size), "timestamp": str(stamp)}
             for price, size in levels[:count]]
            for levels, count in zip((state.bids, state.asks), counts, strict=True)
        )  # fmt: skip
        return {"bids": bids, "asks": asks}

    def _trades(self, request: RestRequest) -> Any:
        """Newest first: the last ones, or the first ones after a time or an id."""
        market, limit = self.market(request), min(MOST_TRADES, self.whole(request, "limit_trades", 50))
        since, first = self.whole(request, "timestamp", 0), self.whole(request, "since_tid", 0)
        since_ms = since if since > 10**11 else since * 1000
        known = [t for t in market.history.trades if t.time_us // 1000 >= since_ms and t.id > first]
        chosen = known[:limit] if since or first else known[-limit:]
        item = market.instrument
        return [
            {"timestamp": one.time_us // 1_000_000, "timestampms": one.time_us // 1000, "tid": one.id,
             "price": item.price_text(one.price), "amount": item.size_number(one.size), "exchange": "gemini",
             "type": taker_side(one)}
            for one in reversed(chosen)
        ]  # fmt: skip

    def _candles(self, request: RestRequest) -> Any:
        """Newest first, a window that the venue fixes; minutes without trades are flat."""
        market, length = self.market(request), INTERVALS_MS.get(request.path.rstrip("/").rpartition("/")[2])
        if length is None:
            raise self.refused("InvalidTimeInterval", "Supplied time interval is not valid")
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
