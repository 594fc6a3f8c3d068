"""Binance USD-M's REST API: /fapi/v1 market data and /futures/data open interest, with weights and bans."""

from collections.abc import Callable
from typing import Any

from ..decimals import scaled_text
from ..exchange import RestAnswer, RestRequest, view
from ..instruments import Instrument
from ..limits import WeightBudget
from ..open_interest import history
from . import binance_usdm_frames as frames
from .binance_frames import INTERVALS_MS, offset_ms, turnover
from .binance_rest import ApiError, BinanceRest, RestTerms, kline_row

PREFIX = "/fapi/v1/"
HISTORY_PATH = "/futures/data/openInterestHist"
DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)
MOST_KLINES = 1500
PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
TERMS = RestTerms(2400, ((50, 2), (100, 5), (500, 10), (1000, 20)), {"aggTrades": 20, "trades": 5})
FOREVER_MS = 4_133_404_800_000  # the delivery date of perpetuals
DATED = frozenset({"BTC", "ETH"})  # bases that have a quarterly contract beside the perpetual
DELIVERY = ("261225", 1_798_185_600_000)


class UsdmRest(BinanceRest):
    """Answers GET /fapi/v1/... and /futures/data/openInterestHist."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments, TERMS)
        self.histories = WeightBudget(1000, window_seconds=300)
        known = ("ping", "time", "exchangeInfo", "depth", "trades", "aggTrades", "klines", "ticker/bookTicker")
        self._routes = {name: self._routes[name] for name in known}
        self._routes["openInterest"] = self._open_interest

    def answer(self, request: RestRequest) -> RestAnswer:
        """Answer one request and book its weight."""
        if request.path == HISTORY_PATH:
            verdict = self.histories.spend(request.client, 1, request.now)
            if verdict.status != 200:
                return self._refused(verdict.status, verdict.retry_after, {}, request.now)
            return self._tried(self._history, request)
        if not request.path.startswith(PREFIX):
            return RestAnswer(404, "<html><head><title>404 Not Found</title></head></html>")
        path = "/api/v3/" + request.path.removeprefix(PREFIX)
        return super().answer(RestRequest(path, request.query, request.headers, request.client, request.now,
                                          request.as_of_us))  # fmt: skip

    @staticmethod
    def _tried(route: Callable[[RestRequest], Any], request: RestRequest) -> RestAnswer:
        try:
            return RestAnswer(200, route(request))
        except ApiError as error:
            return error.answer

    def _weight(self, endpoint: str, request: RestRequest) -> int:
        if endpoint == "klines":
            limit = _limit(request, 500, MOST_KLINES)
            return next((cost for below, cost in ((100, 1), (500, 2), (1001, 5)) if limit < below), 10)
        if endpoint == "depth" and "limit" not in request.query:
            return 10
        return super()._weight(endpoint, request)

    # -- endpoints ----------------------------------------------------------------------------------------------

    def _exchange_info(self, request: RestRequest) -> Any:
        """All contracts, whatever is asked for; the dated ones are listed but have neither book nor trades."""
        items = list(self.instruments.values())
        listed = [contract_info(item, item.symbol, "PERPETUAL", FOREVER_MS) for item in items]
        listed += [
            contract_info(item, f"{item.symbol}_{DELIVERY[0]}", "CURRENT_QUARTER", DELIVERY[1])
            for item in items
            if item.pair.base in DATED and item.pair.quote == "USDT"
        ]
        return {
            "timezone": "UTC", "serverTime": int(request.now * 1000), "futuresType": "U_MARGINED",
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
                {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
            ],
            "exchangeFilters": [],
            "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
            "symbols": listed,
        }  # fmt: skip

    def _depth(self, request: RestRequest) -> Any:
        market, limit = self._market(request), request.query.get("limit", "500")
        if not limit.isdigit() or int(limit) not in DEPTH_LIMITS:
            raise ApiError(-4021, f"{limit} is not valid depth limit")
        state = view(market, request.as_of_us)
        newest = market.marks[-2][1] if len(market.marks) > 1 else market.sequence
        if request.as_of_us is None and newest < market.sequence and self._random.random() < 0.5:
            # The real venue's ids move on between two events: a snapshot may end inside one.
            state = market.state(self._random.randint(newest, market.sequence))
        bids, asks = state.bids[: int(limit)], state.asks[: int(limit)]
        return frames.snapshot(market.instrument, state.sequence, state.time_us, bids, asks)

    def _trades(self, request: RestRequest) -> Any:
        return [{key: row[key] for key in row if key != "isBestMatch"} for row in super()._trades(request)]

    def _aggregates(self, request: RestRequest) -> Any:
        rows = super()._aggregates(request)
        return [{**{key: row[key] for key in row if key != "M"}, "nq": row["q"]} for row in rows]

    def _klines(self, request: RestRequest) -> Any:
        market, limit = self._market(request), _limit(request, 500, MOST_KLINES)
        name = request.query.get("interval", "")
        if name not in INTERVALS_MS:
            raise ApiError(-1120, "Invalid interval.")
        start, end = _number(request, "startTime", 0), _number(request, "endTime", 1 << 62)
        known = market.history.candles(INTERVALS_MS[name], market.clock_us, offset_ms(name))
        chosen = [candle for candle in known if start <= candle.start_ms <= end]
        chosen = chosen[:limit] if "startTime" in request.query else chosen[-limit:]
        return [kline_row(market.instrument, candle, INTERVALS_MS[name], 1) for candle in chosen]

    def _open_interest(self, request: RestRequest) -> Any:
        market = self._market(request)
        now = market.clock_us // 1000
        size = market.instrument.size_text(market.history.open_interest)
        return {"symbol": market.instrument.symbol, "openInterest": size, "time": now}

    def _history(self, request: RestRequest) -> Any:
        market, limit = self._market(request), _limit(request, 30, 500)
        period, item = request.query.get("period", ""), market.instrument
        if period not in PERIODS:
            raise ApiError(-1130, "Data sent for parameter 'period' is not valid.")
        start, end = _number(request, "startTime", 0), _number(request, "endTime", 1 << 62)
        rows = [row for row in history(market, INTERVALS_MS[period]) if start <= row[0] <= end]
        return [
            {"symbol": item.symbol, "sumOpenInterest": scaled_text(lots * 10 ** (8 - item.lot_decimals), 8),
             "sumOpenInterestValue": turnover(item, lots * price), "timestamp": stamp}
            for stamp, lots, price in rows[-limit:]
        ]  # fmt: skip


def contract_info(item: Instrument, symbol: str, kind: str, delivery_ms: int) -> dict[str, Any]:
    """One entry of exchangeInfo. The precisions are not the tick and the step, as the documentation warns."""
    tick, lot = scaled_text(1, item.tick_decimals), scaled_text(1, item.lot_decimals)
    return {
        "symbol": symbol, "pair": item.symbol, "contractType": kind, "deliveryDate": delivery_ms,
        "onboardDate": 1_569_398_400_000, "status": "TRADING", "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000", "baseAsset": item.pair.base, "quoteAsset": item.pair.quote,
        "marginAsset": item.pair.quote, "pricePrecision": item.price_digits, "quantityPrecision": item.size_digits,
        "baseAssetPrecision": 8, "quotePrecision": 8, "underlyingType": "COIN", "underlyingSubType": [],
        "triggerProtect": "0.0500", "liquidationFee": "0.012000", "marketTakeBound": "0.30",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "1000", "stepSize": lot},
            {"filterType": "MARKET_LOT_SIZE", "minQty": lot, "maxQty": "1000", "stepSize": lot},
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "TAKE_PROFIT"], "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }  # fmt: skip


def _number(request: RestRequest, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'.")
    return int(text)


def _limit(request: RestRequest, default: int, most: int) -> int:
    text = request.query.get("limit", "")
    return max(1, min(most, int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default))
