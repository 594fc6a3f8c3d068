"""FTX's REST API as it was: markets, books, trades, candles, and what futures tell of their open interest."""

from datetime import datetime, timezone
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import CASH, Instrument
from ..limits import Verdict
from ..rest import Refused, RestApi, candles_between
from ..trade_history import Candle, Trade

RESOLUTIONS = (15, 60, 300, 900, 3600, 14_400, 86_400)  # seconds; and days up to 30
MOST_CANDLES = 1501
MOST_TRADES = 5000


class FtxRest(RestApi):
    """Answers GET /api/..."""

    symbol_key = "market"
    budget = 30, 1

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.routes = {
            "markets": lambda _: [self._entry(market) for market in self.markets.values()],
            "market": lambda request: self._entry(self.market(request)),
            "orderbook": self._book,
            "trades": self._trades,
            "candles": self._candles,
            "futures": lambda _: [self._future(market) for market in self._perpetuals().values()],
            "future": lambda request: self._future(self._perpetual(request)),
            "stats": self._stats,
        }

    def route_of(self, request: RestRequest) -> str:
        """Names of markets hold slashes: /api/markets/BTC/USD/orderbook."""
        path = request.path.rstrip("/")
        if path in ("/api/markets", "/api/futures"):
            return path.rpartition("/")[2]
        last = path.rpartition("/")[2]
        if path.startswith("/api/markets/"):
            return last if last in ("orderbook", "trades", "candles") else "market"
        return ("stats" if last == "stats" else "future") if path.startswith("/api/futures/") else ""

    def wrapped(self, data: Any, request: RestRequest) -> Any:  # noqa: ARG002
        return {"success": True, "result": data}

    def bad(self, name: str, value: str | None) -> Refused:
        missing = f"No such {name}: {value}" if name in ("market", "future") else ""
        body = {"success": False, "error": missing or f"Invalid {name}"}
        return Refused(RestAnswer(404 if missing else 400, body))

    def symbol_of(self, request: RestRequest) -> str | None:
        name = request.path.removeprefix("/api/markets/").rstrip("/")
        return name if self.route_of(request) == "market" else name.rpartition("/")[0]

    def limited(self, verdict: Verdict) -> RestAnswer:  # noqa: ARG002
        return limited()

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(404, {"success": False, "error": "Not Found"})

    def _book(self, request: RestRequest) -> Any:
        market, depth = self.market(request), self.whole(request, "depth", 20, 1, 100)
        state, item = view(market, request.as_of_us), market.instrument
        bids, asks = (
            [[float(item.price_text(price)), float(item.size_text(size))] for price, size in levels[:depth]]
            for levels in (state.bids, state.asks)
        )
        return {"bids": bids, "asks": asks}

    def _trades(self, request: RestRequest) -> Any:
        """Newest first."""
        market, (first, last) = self.market(request), self._span(request)
        item = market.instrument
        known = [fill for fill in market.history.trades if first <= fill.time_us // 1_000_000 <= last]
        return [trade(item, fill) for fill in known[: -MOST_TRADES - 1 : -1]]

    def _candles(self, request: RestRequest) -> Any:
        market, resolution = self.market(request), self.whole(request, "resolution", 0)
        first, last = self._span(request)
        days = resolution % 86_400 == 0 and 1 <= resolution // 86_400 <= 30
        if resolution not in RESOLUTIONS and not days:
            raise self.bad("resolution", None)
        known = candles_between(market, resolution * 1000, first * 1000, last * 1000)
        return [candle_entry(market.instrument, candle) for candle in known[-MOST_CANDLES:]]

    def _stats(self, request: RestRequest) -> Any:
        market = self._perpetual(request)
        item, day = market.instrument, market.history.candles(86_400_000, market.clock_us)[-1]
        hour = market.clock_us // 3_600_000_000 + 1
        return {"volume": float(item.size_text(day.volume)), "nextFundingRate": 0.00025,
                "nextFundingTime": iso(hour * 3_600_000_000), "openInterest": _interest(market)}  # fmt: skip

    def _entry(self, market: VenueMarket) -> dict[str, Any]:
        item, best = market.instrument, _prices(market)
        return {
            "name": item.symbol, "enabled": True, "postOnly": False, "priceIncrement": float(item.price_text(1)),
            "sizeIncrement": float(item.size_text(1)), "minProvideSize": float(item.size_text(1)), **best,
            "price": best["last"], "type": "spot", "baseCurrency": item.pair.base, "quoteCurrency": item.pair.quote,
            "underlying": None, "restricted": False, "highLeverageFeeExempt": True,
        }  # fmt: skip

    def _future(self, market: VenueMarket) -> dict[str, Any]:
        item, best = market.instrument, _prices(market)
        return {
            "name": f"{item.pair.base}-PERP", "underlying": item.pair.base, "type": "perpetual", "expiry": None,
            "perpetual": True, "expired": False, "enabled": True, "postOnly": False, **best, "mark": best["last"],
            "priceIncrement": float(item.price_text(1)), "sizeIncrement": float(item.size_text(1)),
            "openInterest": _interest(market), "openInterestUsd": _interest(market) * best["last"],
        }  # fmt: skip

    def _perpetuals(self) -> dict[str, VenueMarket]:
        """Perpetuals follow the spot pairs in dollars."""
        return {f"{market.instrument.pair.base}-PERP": market for market in self.markets.values()
                if market.instrument.pair.quote == "USD" and market.instrument.pair.base not in CASH}  # fmt: skip

    def _perpetual(self, request: RestRequest) -> VenueMarket:
        name = request.path.removeprefix("/api/futures/").partition("/")[0]
        market = self._perpetuals().get(name)
        if market is None:
            raise self.bad("future", name)
        return market

    def _span(self, request: RestRequest) -> tuple[int, int]:
        return self.whole(request, "start_time", 0), self.whole(request, "end_time", 1 << 40)


def trade(item: Instrument, fill: Trade) -> dict[str, Any]:
    """One fill; ids rise over all markets and are not consecutive in one."""
    return {"id": fill.id * 3, "price": float(item.price_text(fill.price)), "size": float(item.size_text(fill.size)),
            "side": fill.taker_side, "liquidation": False, "time": iso(fill.time_us)}  # fmt: skip


def candle_entry(item: Instrument, candle: Candle) -> dict[str, Any]:
    """One candle; its volume is in the quote asset."""
    prices = {name: float(item.price_text(getattr(candle, name))) for name in ("open", "high", "low", "close")}
    turnover = candle.turnover / 10 ** (item.tick_decimals + item.lot_decimals)
    return {"startTime": iso(candle.start_ms * 1000), "time": float(candle.start_ms), **prices, "volume": turnover}


def limited() -> RestAnswer:
    """Too many requests."""
    return RestAnswer(429, {"success": False, "error": "Do not send more than 30 requests per second"})


def _prices(market: VenueMarket) -> dict[str, float]:
    bid, _, ask, _ = market.book.touch()
    text, last = market.instrument.price_text, market.history.last_price
    return {"last": float(text(last)), "bid": float(text(bid)), "ask": float(text(ask))}


def _interest(market: VenueMarket) -> float:
    return float(market.instrument.size_text(market.history.open_interest))


def iso(time_us: int) -> str:
    """2021-07-22T22:25:41.601234+00:00; a time of whole seconds has no fraction."""
    whole = datetime.fromtimestamp(time_us // 1_000_000, timezone.utc)
    return whole.replace(microsecond=time_us % 1_000_000).isoformat()
