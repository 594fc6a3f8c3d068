"""Binance's REST API, version 3: market data only, with its weights, limits and error bodies."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..decimals import scaled_text
from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import WeightBudget
from ..trade_history import Candle
from . import binance_frames as frames

REFUSALS: dict[int, Any] = {
    429: {"code": -1003, "msg": "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
          "Please use WebSocket Streams for live updates to avoid polling the API."},
    451: {"code": 0, "msg": "Service unavailable from a restricted location according to 'b. Eligibility' in "
          "https://www.binance.com/en/terms. Please contact customer service if you believe you received this "
          "message in error."},
    503: {"code": -1008, "msg": "Server is currently overloaded with other requests. Please try again in a few "
          "minutes."},
}  # fmt: skip
TRADES_KEPT = 1000


class ApiError(Exception):
    """A request that Binance answers with an error body."""

    def __init__(self, code: int, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.answer = RestAnswer(status, {"code": code, "msg": text})


@dataclass(frozen=True)
class RestTerms:
    """Budget a minute and the cost of a depth request by its limit."""

    budget: int
    depth: tuple[tuple[int, int], ...]
    weights: Mapping[str, int]
    intervals: Mapping[str, int] = field(default_factory=lambda: frames.INTERVALS_MS)

    @classmethod
    def spot(cls) -> "RestTerms":
        """Binance spot, 2026."""
        weights = {"exchangeInfo": 20, "trades": 25, "historicalTrades": 25, "aggTrades": 4, "klines": 2,
                   "uiKlines": 2, "ticker/bookTicker": 2, "ticker/price": 2, "ticker/24hr": 2}  # fmt: skip
        return cls(6000, ((100, 5), (500, 25), (1000, 50), (5000, 250)), weights, frames.SPOT_INTERVALS_MS)

    @classmethod
    def us(cls) -> "RestTerms":
        """Binance.US, 2024."""
        return cls(1200, ((100, 1), (500, 5), (1000, 10), (5000, 50)), {"exchangeInfo": 10})


class BinanceRest:
    """Answers GET /api/v3/... from the instruments and markets of one venue."""

    def __init__(self, instruments: dict[str, Instrument], terms: RestTerms) -> None:
        self.instruments = instruments
        self.markets: dict[str, VenueMarket] = {}
        self.terms = terms
        self.budget = WeightBudget(terms.budget)
        self._random = random.Random("snapshots")
        self._routes: dict[str, Callable[[RestRequest], Any]] = {
            "ping": lambda _: {},
            "time": lambda request: {"serverTime": int(request.now * 1_000_000) // _unit(request)},
            "exchangeInfo": self._exchange_info,
            "depth": self._depth,
            "trades": self._trades,
            "historicalTrades": self._trades,
            "aggTrades": self._aggregates,
            "klines": self._klines,
            "uiKlines": self._klines,
            "avgPrice": self._average,
            "ticker/bookTicker": lambda request: self._tickers(request, self._book_ticker),
            "ticker/price": lambda request: self._tickers(request, self._price),
            "ticker/24hr": lambda request: self._tickers(request, lambda market: self._day(market, request)),
        }

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request and book its weight."""
        endpoint = request.path.removeprefix("/api/v3/")
        route = self._routes.get(endpoint)
        if route is None or not request.path.startswith("/api/v3/"):
            return RestAnswer(404, "<html><head><title>404 Not Found</title></head></html>")
        verdict = self.budget.spend(request.client, self._weight(endpoint, request), request.now)
        headers = {"X-MBX-USED-WEIGHT": str(verdict.used), "X-MBX-USED-WEIGHT-1M": str(verdict.used)}
        if verdict.status != 200:
            return self._refused(verdict.status, verdict.retry_after, headers, request.now)
        try:
            return RestAnswer(200, route(request), headers)
        except ApiError as error:
            return RestAnswer(error.answer.status, error.answer.body, headers)

    def _refused(self, status: int, retry_after: int, headers: dict[str, str], now: float) -> RestAnswer:
        text = (
            f"Too much request weight used; current limit is {self.terms.budget} request weight per 1 MINUTE. Please "
            "use WebSocket Streams for live updates to avoid polling the API."
            if status == 429
            else f"Way too much request weight used; IP banned until {int((now + retry_after) * 1000)}. Please use "
            "WebSocket Streams for live updates to avoid bans."
        )
        return RestAnswer(status, {"code": -1003, "msg": text}, {**headers, "Retry-After": str(retry_after)})

    def _weight(self, endpoint: str, request: RestRequest) -> int:
        if endpoint != "depth":
            return self.terms.weights.get(endpoint, 1)
        limit = request.query.get("limit", "100")
        wanted = int(limit) if limit.isdigit() else 100
        return next((cost for most, cost in self.terms.depth if wanted <= most), self.terms.depth[-1][1])

    # -- endpoints ----------------------------------------------------------------------------------------------

    def _exchange_info(self, request: RestRequest) -> Any:
        return {
            "timezone": "UTC",
            "serverTime": int(request.now * 1000),
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": self.terms.budget},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
                {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300_000},
            ],
            "exchangeFilters": [],
            "symbols": [symbol_info(item) for item in self._wanted(request)],
        }

    def _wanted(self, request: RestRequest) -> list[Instrument]:
        if "symbols" in request.query:
            names = re.findall(r"[^\[\]\",\s]+", request.query["symbols"])
        elif "symbol" in request.query:
            names = [request.query["symbol"]]
        else:
            return list(self.instruments.values())
        unknown = [name for name in names if name not in self.instruments]
        if unknown or not names:
            raise ApiError(-1121, "Invalid symbol.")
        return [self.instruments[name] for name in names]

    def _depth(self, request: RestRequest) -> Any:
        market = self._market(request)
        limit = min(5000, _number(request, "limit", 100))
        state = view(market, request.as_of_us)
        newest = market.marks[-2][1] if len(market.marks) > 1 else market.sequence
        if request.as_of_us is None and newest < market.sequence and self._random.random() < 0.5:
            # The real venue's ids move on between two diff frames: a snapshot may end inside a frame.
            state = market.state(self._random.randint(newest, market.sequence))
        return frames.book(market.instrument, state.sequence, state.bids[:limit], state.asks[:limit])

    def _trades(self, request: RestRequest) -> Any:
        market, limit, unit = self._market(request), _limit(request), _unit(request)
        item, known = market.instrument, list(market.history.trades)
        if "fromId" in request.query:
            start = _number(request, "fromId", 0)
            known = [trade for trade in known if trade.id >= start][:limit]
        return [
            {"id": trade.id, "price": item.price_text(trade.price), "qty": item.size_text(trade.size),
             "quoteQty": frames.turnover(item, trade.price * trade.size), "time": trade.time_us // unit,
             "isBuyerMaker": trade.buyer_is_maker, "isBestMatch": True}
            for trade in known[-limit:]
        ]  # fmt: skip

    def _aggregates(self, request: RestRequest) -> Any:
        market, limit, unit = self._market(request), _limit(request), _unit(request)
        item, known = market.instrument, list(market.history.aggregates)
        start, end = _number(request, "startTime", 0), _number(request, "endTime", 1 << 62)
        first = _number(request, "fromId", 0)
        chosen = [agg for agg in known if agg.id >= first and start <= agg.time_us // 1000 <= end]
        from_start = "fromId" in request.query or "startTime" in request.query
        return [
            {"a": agg.id, "p": item.price_text(agg.price), "q": item.size_text(agg.size), "f": agg.first,
             "l": agg.last, "T": agg.time_us // unit, "m": agg.buyer_is_maker, "M": True}
            for agg in (chosen[:limit] if from_start else chosen[-limit:])
        ]  # fmt: skip

    def _klines(self, request: RestRequest) -> Any:
        market, limit = self._market(request), _limit(request)
        name = request.query.get("interval", "")
        if not name:
            raise _missing("interval")
        length = self.terms.intervals.get(name)
        if length is None:
            raise ApiError(-1120, "Invalid interval.")
        start, end = _number(request, "startTime", 0), _number(request, "endTime", 1 << 62)
        known = market.history.candles(length, market.clock_us, frames.offset_ms(name))
        chosen = [candle for candle in known if start <= candle.start_ms <= end]
        chosen = chosen[:limit] if "startTime" in request.query else chosen[-limit:]
        scale = 1000 // _unit(request)
        return [kline_row(market.instrument, candle, length, scale) for candle in chosen]

    def _average(self, request: RestRequest) -> Any:
        market = self._market(request)
        minutes = market.history.candles(60_000, market.clock_us)[-5:]
        lots, turnover = sum(c.volume for c in minutes), sum(c.turnover for c in minutes)
        ticks_e8 = turnover * 10**8 // lots if lots else minutes[-1].close * 10**8
        price = scaled_text(ticks_e8 // 10**market.instrument.tick_decimals, 8)
        return {"mins": 5, "price": price, "closeTime": market.clock_us // 1000}

    def _tickers(self, request: RestRequest, write: Callable[[VenueMarket], Any]) -> Any:
        if "symbol" in request.query:
            return write(self._market(request))
        return [write(self.markets[item.symbol]) for item in self._wanted(request)]

    @staticmethod
    def _book_ticker(market: VenueMarket) -> Any:
        bid, bid_size, ask, ask_size = market.book.touch()
        item = market.instrument
        return {"symbol": item.symbol, "bidPrice": item.price_text(bid), "bidQty": item.size_text(bid_size),
                "askPrice": item.price_text(ask), "askQty": item.size_text(ask_size)}  # fmt: skip

    @staticmethod
    def _price(market: VenueMarket) -> Any:
        last = market.history.last_price
        return {"symbol": market.instrument.symbol, "price": market.instrument.price_text(last)}

    def _day(self, market: VenueMarket, request: RestRequest) -> Any:
        item, unit = market.instrument, _unit(request)
        minutes = market.history.candles(60_000, market.clock_us)[-1440:]
        day = minutes[0]
        for minute in minutes[1:]:
            day.merge(minute)
        change = day.close - day.open
        return {
            **self._book_ticker(market),
            "priceChange": item.price_text(change),
            "priceChangePercent": scaled_text(change * 100_000 // day.open, 3),
            "lastPrice": item.price_text(day.close), "openPrice": item.price_text(day.open),
            "highPrice": item.price_text(day.high), "lowPrice": item.price_text(day.low),
            "volume": item.size_text(day.volume), "quoteVolume": frames.turnover(item, day.turnover),
            "openTime": day.start_ms * 1000 // unit, "closeTime": market.clock_us // unit,
            "firstId": day.first, "lastId": day.last, "count": day.trades,
        }  # fmt: skip

    def _market(self, request: RestRequest) -> VenueMarket:
        symbol = request.query.get("symbol", "")
        if not symbol:
            raise _missing("symbol")
        if not re.fullmatch(r"[\w.-]{1,20}", symbol) or symbol != symbol.upper():
            raise ApiError(-1100, "Illegal characters found in parameter 'symbol'; legal range is "
                           "'^[A-Z0-9-_.]{1,20}$'.")  # fmt: skip
        market = self.markets.get(symbol)
        if market is None:
            raise ApiError(-1121, "Invalid symbol.")
        return market


def symbol_info(item: Instrument) -> dict[str, Any]:
    """One entry of exchangeInfo."""
    tick, lot = item.price_text(1), item.size_text(1)
    return {
        "symbol": item.symbol, "status": "TRADING", "baseAsset": item.pair.base, "baseAssetPrecision": 8,
        "quoteAsset": item.pair.quote, "quotePrecision": 8, "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"], "icebergAllowed": True, "ocoAllowed": True,
        "quoteOrderQtyMarketAllowed": True, "isSpotTradingAllowed": True, "isMarginTradingAllowed": False,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000.00000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "9000.00000000", "stepSize": lot},
            {"filterType": "ICEBERG_PARTS", "limit": 10},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "100.00000000",
             "stepSize": "0.00000000"},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True,
             "maxNotional": "9000000.00000000", "applyMaxToMarket": False, "avgPriceMins": 5},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        ],
        "permissions": ["SPOT"], "permissionSets": [["SPOT"]],
    }  # fmt: skip


def kline_row(item: Instrument, candle: Candle, length_ms: int, scale: int) -> list[Any]:
    """One row of /api/v3/klines."""
    price, size = item.price_text, item.size_text
    return [
        candle.start_ms * scale, price(candle.open), price(candle.high), price(candle.low), price(candle.close),
        size(candle.volume), (candle.start_ms + length_ms) * scale - 1, frames.turnover(item, candle.turnover),
        candle.trades, size(candle.buy_volume), frames.turnover(item, candle.buy_turnover), "0",
    ]  # fmt: skip


def _unit(request: RestRequest) -> int:
    return 1 if request.headers.get("X-MBX-TIME-UNIT", "").upper() == "MICROSECOND" else 1000


def _number(request: RestRequest, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,20}", text):
        raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)


def _limit(request: RestRequest) -> int:
    return max(1, min(TRADES_KEPT, _number(request, "limit", 500)))


def _missing(name: str) -> ApiError:
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
