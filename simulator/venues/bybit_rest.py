"""Bybit's REST API, version 5, market data of one category; errors come with status 200, too many requests with 403."""

from collections.abc import Callable
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import Verdict, WeightBudget
from ..open_interest import history
from ..rest import Refused, RestApi, candles_between, whole
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
            BASE + "time": lambda request: _ok(request, {"timeSecond": str(int(request.now))}),
            BASE + "instruments-info": self._instruments,
            BASE + "orderbook": self._book,
            BASE + "kline": self._candles,
            BASE + "recent-trade": self._trades,
            BASE + "open-interest": self._interest,
            BASE + "tickers": self._tickers,
        }

    def limited(self, verdict: Verdict) -> RestAnswer:
        headers = {"Retry-After": str(verdict.retry_after)}
        return RestAnswer(403, "access too frequent", headers, limited=True)

    def _instruments(self, request: RestRequest) -> Any:
        self._category(request)
        items = sorted(self.instruments.values(), key=lambda item: item.symbol)
        if "symbol" in request.query:
            items = [self._market_item(request)]
        result: dict[str, Any] = {"category": self.category}
        if self.category == "linear":
            limit = _number(request, "limit", 500)
            if not 1 <= limit <= 1000:
                raise _error(request, "params error: limit")
            cursor = request.query.get("cursor", "")
            items = [item for item in items if item.symbol > cursor]
            result["nextPageCursor"] = items[limit - 1].symbol if len(items) > limit else ""
            items = items[:limit]
        result["list"] = [self._entry(item) for item in items]
        return _ok(request, result)

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
        market, limit = self._market(request), _number(request, "limit", 25)
        if not 1 <= limit <= 1000:
            raise _error(request, "params error: limit")
        state, item = view(market, request.as_of_us), market.instrument
        bids, asks = (
            [[self.spelling.price(item, price), self.spelling.size(item, size)] for price, size in levels[:limit]]
            for levels in (state.bids, state.asks)
        )
        stamp = state.time_us // 1000
        return _ok(request, {"s": item.symbol, "b": bids, "a": asks, "ts": stamp, "u": self._update(item.symbol),
                             "seq": state.sequence, "cts": stamp - 2})  # fmt: skip

    def _candles(self, request: RestRequest) -> Any:
        market, interval = self._market(request), request.query.get("interval", "")
        limit = _number(request, "limit", 200)
        if interval not in INTERVALS_MS:
            raise _error(request, "params error: Invalid period!")
        if not 1 <= limit <= 1000:
            raise _error(request, "params error: limit")
        first, last = _number(request, "start", 0), _number(request, "end", 1 << 60)
        known = candles_between(market, INTERVALS_MS[interval], first, last, offset_ms(interval))
        chosen = known[:limit] if "start" in request.query and "end" not in request.query else known[-limit:]
        rows = [self.spelling.candle(market.instrument, candle) for candle in reversed(chosen)]
        return _ok(request, {"category": self.category, "symbol": market.instrument.symbol, "list": rows})

    def _trades(self, request: RestRequest) -> Any:
        most = 60 if self.category == "spot" else 1000
        market, limit = self._market(request), _number(request, "limit", min(500, most))
        if not 1 <= limit <= most:
            raise _error(request, "params error: limit")
        item, spelling = market.instrument, self.spelling
        rows = [
            {"execId": spelling.trade_id(fill), "symbol": item.symbol, "price": spelling.price(item, fill.price),
             "size": spelling.size(item, fill.size), "side": side(fill), "time": str(fill.time_us // 1000),
             "isBlockTrade": False, "isRPITrade": False, "seq": str(market.sequence)}
            for fill in list(market.history.trades)[: -limit - 1 : -1]
        ]  # fmt: skip
        return _ok(request, {"category": self.category, "list": rows})

    def _interest(self, request: RestRequest) -> Any:
        market, limit = self._market(request), _number(request, "limit", 50)
        period = PERIODS_MS.get(request.query.get("intervalTime", ""))
        if self.category != "linear" or period is None or not 1 <= limit <= 200:
            raise _error(request, "params error: category, intervalTime or limit")
        older = _number(request, "cursor", 1 << 60)
        last = min(older - 1, _number(request, "endTime", 1 << 60))
        item, size = market.instrument, self.spelling.size
        known = [(when, lots) for when, lots, _ in history(market, period) if when <= last]
        rows = [
            {"openInterest": size(item, 2 * lots), "singleOpenInterest": size(item, lots), "timestamp": str(when)}
            for when, lots in known[: -limit - 1 : -1]
        ]
        cursor = rows[-1]["timestamp"] if len(known) > limit else ""
        return _ok(request, {"category": self.category, "symbol": item.symbol, "list": rows, "nextPageCursor": cursor})

    def _tickers(self, request: RestRequest) -> Any:
        self._category(request)
        markets = [self._market(request)] if "symbol" in request.query else list(self.markets.values())
        return _ok(request, {"category": self.category, "list": [self.spelling.ticker(market) for market in markets]})

    def _category(self, request: RestRequest) -> None:
        if request.query.get("category") != self.category:
            raise _error(request, "params error: Category is invalid")

    def _market_item(self, request: RestRequest) -> Instrument:
        item = self.instruments.get(request.query.get("symbol", ""))
        if item is None:
            raise _error(request, "params error: Symbol Is Invalid")
        return item

    def _market(self, request: RestRequest) -> VenueMarket:
        self._category(request)
        market = self.markets.get(self._market_item(request).symbol)
        if market is None:
            raise _error(request, "params error: Symbol Is Invalid")
        return market


def failed(code: int, text: str, now_ms: int) -> dict[str, Any]:
    """An error body."""
    return {"retCode": code, "retMsg": text, "result": {}, "retExtInfo": {}, "time": now_ms}


def _ok(request: RestRequest, result: Any) -> Any:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": int(request.now * 1000)}


def _error(request: RestRequest, text: str) -> Refused:
    return Refused(RestAnswer(200, failed(10001, text, int(request.now * 1000))))


def _number(request: RestRequest, name: str, default: int) -> int:
    try:
        return whole(request.query, name, default)
    except ValueError:
        raise _error(request, f"params error: {name}") from None
