"""Gate's REST API v4, spot: market data only. 200 requests in 10 seconds for each endpoint and address."""

from collections.abc import Mapping
from typing import Any

from ..exchange import RestRequest, view
from ..instruments import Instrument
from ..limits import Verdict, WeightBudget
from ..rest import FOR_EVER, Refused, RestApi, Route
from ..trade_history import Candle, Trade
from . import gate_frames as frames

INTERVALS_MS = {
    "10s": 10_000, "1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000, "4h": 14_400_000,
    "8h": 28_800_000, "1d": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000,
}  # fmt: skip
LIMIT, WINDOW_SECONDS = 200, 10


class GateApi(RestApi):
    """Budgets by route, and errors with a label."""

    slashes = True
    troubles = {429: ("TOO_MANY_REQUESTS", "Request Rate limit Exceeded"), 403: ("FORBIDDEN", "Forbidden"),
                451: ("FORBIDDEN", "Unavailable in your region"), 404: ("NOT_FOUND", "Not found"),
                500: ("SERVER_ERROR", "Internal server error")}  # fmt: skip
    unlisted = "INVALID_CURRENCY_PAIR"

    def set_routes(self, base: str, routes: Mapping[str, Route]) -> None:
        """The routes behind a path, each with a budget of its own; one of them and all of a list are one."""
        self.routes = {base + name: route for name, route in routes.items()}
        self.budgets = {name: WeightBudget(LIMIT, WINDOW_SECONDS, patience=FOR_EVER) for name in self.routes}
        for name in self.routes:
            self.budgets[name] = self.budgets[name.removesuffix("/{}")]

    def headers(self, verdict: Verdict, request: RestRequest) -> Mapping[str, str]:
        reset = (int(request.now) // WINDOW_SECONDS + 1) * WINDOW_SECONDS
        return {"X-Gate-RateLimit-Requests-Remain": str(max(0, LIMIT - verdict.used)),
                "X-Gate-RateLimit-Limit": str(LIMIT),
                "X-Gate-RateLimit-Reset-Timestamp": str(reset)}  # fmt: skip

    def error(self, code: str, text: str) -> Any:
        return {"label": code, "message": text}

    def bad(self, name: str, value: str | None) -> Refused:
        if name == "interval":
            return self.refused("INVALID_PARAM_VALUE", f"Invalid interval {value}")
        if name != self.symbol_key:
            return self.refused("INVALID_PARAM_VALUE", f"Invalid value of {name}: {value}")
        if not value:
            return self.refused("MISSING_REQUIRED_PARAM", f"Missing required parameter: {name}")
        return self.refused(self.unlisted, f"Invalid {name.replace('_', ' ')} {value}")

    def candles(self, request: RestRequest, most: int) -> list[Candle]:
        """The candles a request wants, oldest first: `limit`, or `from` and `to`, not both."""
        market, length = self.market(request), self.word(request, "interval", INTERVALS_MS, "30m")
        if "limit" in request.query and {"from", "to"} & set(request.query):
            raise self.refused("INVALID_PARAM_VALUE", "limit conflicts with from and to")
        known = market.history.candles(length, market.clock_us)
        if not {"from", "to"} & set(request.query):
            return known[-self.whole(request, "limit", 100, 1, most) :]
        start, end = self.whole(request, "from", 0), self.whole(request, "to", 1 << 40)
        chosen = [candle for candle in known if start <= candle.start_ms // 1000 <= end]
        if len(chosen) > most:
            raise self.refused("INVALID_PARAM_VALUE", f"Candlestick range too broad. Maximum {most} data points")
        return chosen

    def trades(self, request: RestRequest) -> list[Trade]:
        """The trades a request wants, newest first: behind `last_id`, or before it when `reverse` is true."""
        market, limit = self.market(request), self.whole(request, "limit", 100, 1, 1000)
        known = list(market.history.trades)
        if "last_id" in request.query:
            last = self.whole(request, "last_id", 0)
            if request.query.get("reverse") == "true":
                known = [trade for trade in known if trade.id < last]
            else:
                known = [trade for trade in known if trade.id > last][:limit]
        return known[-limit:][::-1]


class GateRest(GateApi):
    """Answers GET /api/v4/spot/..."""

    symbol_key = "currency_pair"

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.set_routes("/api/v4/spot/", {
            "time": lambda request: {"server_time": int(request.now * 1000)},
            "currency_pairs": lambda _: [pair_entry(item) for item in self.instruments.values()],
            "currency_pairs/{}": lambda request: pair_entry(self.listed(request)),
            "order_book": self._order_book,
            "candlesticks": self._candlesticks,
            "trades": self._trades,
        })  # fmt: skip

    def _order_book(self, request: RestRequest) -> Any:
        market, limit = self.market(request), self.whole(request, "limit", 10, 1, 100)
        state, item, now = view(market, request.as_of_us), market.instrument, int(request.now * 1000)
        number_part = f'"id":{state.sequence},' if request.query.get("with_id") == "true" else ""
        return (
            f'{{{number_part}"current":{now},"update":{state.time_us // 1000},'
            f'"asks":[{frames.rows(item, state.asks[:limit])}],"bids":[{frames.rows(item, state.bids[:limit])}]}}'
        )

    def _candlesticks(self, request: RestRequest) -> Any:
        item, now = self.market(request).instrument, request.now * 1000
        length = self.word(request, "interval", INTERVALS_MS, "30m")
        return [candle_row(item, candle, candle.start_ms + length <= now) for candle in self.candles(request, 1000)]

    def _trades(self, request: RestRequest) -> Any:
        item = self.market(request).instrument
        return [trade_entry(item, trade) for trade in self.trades(request)]


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
