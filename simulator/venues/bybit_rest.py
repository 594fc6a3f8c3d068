"""Bybit's REST API, version 5, market data of one category; errors come with status 200, too many requests with 403."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import Verdict, WeightBudget
from ..open_interest import history
from ..rest import Refused, RestApi, candles_between, newest
from .bybit_frames import INTERVALS_MS, Spelling, offset_ms, side

BASE = "/v5/market/"
PERIODS_MS = {"5min": 300_000, "15min": 900_000, "30min": 1_800_000, "1h": 3_600_000, "4h": 14_400_000,
              "1d": 86_400_000}  # fmt: skip
BAN_SECONDS = 600


class BybitRest(RestApi):
    """Answers GET /v5/market/..."""

    def __init__(
        self, instruments: dict[str, Instrument], category: str, spelling: Spelling, update: Callable[[str], int]
    ) -> None:
        super().__init__(instruments)
        self.category = category
        self.spelling = spelling
        self._update = update
        self.budgets = {"": WeightBudget(600, window_seconds=5, patience=0, ban_seconds=BAN_SECONDS)}
        self.routes = {
            BASE + "time": lambda request: {"timeSecond": str(int(request.now))},
            BASE + "instruments-info": self._instruments,
            BASE + "orderbook": self._book,
            BASE + "kline": self._candles,
            BASE + "recent-trade": self._trades,
            BASE + "open-interest": self._interest,
            BASE + "tickers": self._tickers,
        }

    def wrapped(self, data: Any, request: RestRequest) -> Any:
        return {"retCode": 0, "retMsg": "OK", "result": data, "retExtInfo": {}, "time": int(request.now * 1000)}

    def bad(self, name: str, value: str | None) -> Refused:  # noqa: ARG002 - the name is enough
        named = {"symbol": "Symbol Is Invalid", "interval": "Invalid period!", "category": "Category is invalid"}
        return Refused(RestAnswer(200, failed(10001, f"params error: {named.get(name, name)}", 0)))

    def market(self, request: RestRequest) -> VenueMarket:
        self._category(request)
        return super().market(request)

    def limited(self, verdict: Verdict) -> RestAnswer:
        headers = {"Retry-After": str(verdict.retry_after)}
        return RestAnswer(403, "access too frequent", headers, limited=True)

    def _instruments(self, request: RestRequest) -> Any:
        self._category(request)
        items = sorted(self.instruments.values(), key=lambda item: item.symbol)
        if "symbol" in request.query:
            items = [self.market(request).instrument]
        result: dict[str, Any] = {"category": self.category}
        if self.category == "linear":
            limit = self.whole(request, "limit", 500, 1, 1000)
            cursor = request.query.get("cursor", "")
            items = [item for item in items if item.symbol > cursor]
            result["nextPageCursor"] = items[limit - 1].symbol if len(items) > limit else ""
            items = items[:limit]
        result["list"] = [self._entry(item) for item in items]
        return result

    def _entry(self, item: Instrument) -> dict[str, Any]:
        tick = self.spelling.price(item, 1)
        common = {"symbol": item.symbol, "status": "Trading", "baseCoin": item.pair.base, "quoteCoin": item.pair.quote,
                  "priceFilter": {"tickSize": tick}}  # fmt: skip
        lot = self.spelling.size(item, 1)
        if self.category == "spot":
            return {**common, "innovation": "0", "marginTrading": "utaOnly", "lotSizeFilter": {
                "basePrecision": lot, "quotePrecision": "0.0000001", "minOrderQty": lot, "minOrderAmt": "5",
            }}  # fmt: skip
        return {
            **common, "contractType": "LinearPerpetual", "settleCoin": item.pair.quote, "deliveryTime": "0",
            "priceScale": str(item.price_digits), "launchTime": "1584230400000", "isPreListing": False,
            "priceFilter": {"minPrice": tick, "maxPrice": "1999999.80", "tickSize": tick},
            "lotSizeFilter": {"minOrderQty": lot, "qtyStep": lot, "minNotionalValue": "5"},
        }  # fmt: skip

    def _book(self, request: RestRequest) -> Any:
        market, limit = self.market(request), self.whole(request, "limit", 25, 1, 1000)
        state, item = view(market, request.as_of_us), market.instrument
        bids, asks = (self.spelling.rows(item, levels[:limit]) for levels in (state.bids, state.asks))
        stamp = state.time_us // 1000
        return {"s": item.symbol, "b": bids, "a": asks, "ts": stamp, "u": self._update(item.symbol),
                "seq": state.sequence, "cts": stamp - 2}  # fmt: skip

    def _candles(self, request: RestRequest) -> Any:
        market, length = self.market(request), self.word(request, "interval", INTERVALS_MS)
        limit = self.whole(request, "limit", 200, 1, 1000)
        first, last = self.whole(request, "start", 0), self.whole(request, "end", 1 << 60)
        known = candles_between(market, length, first, last, offset_ms(request.query["interval"]))
        chosen = known[:limit] if "start" in request.query and "end" not in request.query else known[-limit:]
        rows = [self.spelling.candle(market.instrument, candle) for candle in reversed(chosen)]
        return {"category": self.category, "symbol": market.instrument.symbol, "list": rows}

    def _trades(self, request: RestRequest) -> Any:
        most = 60 if self.category == "spot" else 1000
        market, limit = self.market(request), self.whole(request, "limit", min(500, most), 1, most)
        item, spelling = market.instrument, self.spelling
        rows = [
            {"execId": spelling.trade_id(fill), "symbol": item.symbol, "price": spelling.price(item, fill.price),
             "size": spelling.size(item, fill.size), "side": side(fill), "time": str(fill.time_us // 1000),
             "isBlockTrade": False, "isRPITrade": False, "seq": str(market.sequence)}
            for fill in newest(market, limit)
        ]  # fmt: skip
        return {"category": self.category, "list": rows}

    def _interest(self, request: RestRequest) -> Any:
        market, limit = self.market(request), self.whole(request, "limit", 50, 1, 200)
        period = self.word(request, "intervalTime", PERIODS_MS if self.category == "linear" else {})
        older = self.whole(request, "cursor", 1 << 60)
        last = min(older - 1, self.whole(request, "endTime", 1 << 60))
        item, size = market.instrument, self.spelling.size
        known = [(when, lots) for when, lots, _ in history(market, period) if when <= last]
        rows = [
            {"openInterest": size(item, 2 * lots), "singleOpenInterest": size(item, lots), "timestamp": str(when)}
            for when, lots in known[: -limit - 1 : -1]
        ]
        cursor = rows[-1]["timestamp"] if len(known) > limit else ""
        return {"category": self.category, "symbol": item.symbol, "list": rows, "nextPageCursor": cursor}

    def _tickers(self, request: RestRequest) -> Any:
        self._category(request)
        markets = [self.market(request)] if "symbol" in request.query else list(self.markets.values())
        return {"category": self.category, "list": [self.spelling.ticker(market) for market in markets]}

    def _category(self, request: RestRequest) -> None:
        if request.query.get("category") != self.category:
            raise self.bad("category", None)


def failed(code: int, text: str, now_ms: int) -> dict[str, Any]:
    """An error body."""
    return {"retCode": code, "retMsg": text, "result": {}, "retExtInfo": {}, "time": now_ms}
