"""Deribit's public methods, which REST and the websocket share."""

from collections.abc import Callable, Mapping
from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import CreditPool, Verdict
from ..rest import Refused, RestApi, candles_between, whole
from . import deribit_frames as frames

BASE = "/api/v2/"
RESOLUTIONS_MS = {str(minutes): minutes * 60_000 for minutes in (1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720)}
RESOLUTIONS_MS["1D"] = 86_400_000
MOST_ROWS = 5000
NEVER_MS = 32_503_708_800_000
Params = Mapping[str, Any]


class DeribitApi(RestApi):
    """Answers GET /api/v2/public/..., and the same methods on websockets by `call`."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.budgets = {
            "": CreditPool(50_000, 10_000, cost=500),
            BASE + "public/get_instruments": CreditPool(500_000, 10_000, cost=10_000),
        }
        self.methods: dict[str, Callable[[Params, int | None], Any]] = {
            "public/test": lambda *_: {"version": "1.2.26"},
            "public/get_instruments": self._instruments,
            "public/get_instrument": lambda params, _: entry(self._market(params).instrument),
            "public/get_order_book": self._book,
            "public/ticker": lambda params, _: frames.ticker(self._market(params)),
            "public/get_last_trades_by_instrument": self._trades,
            "public/get_tradingview_chart_data": self._chart,
            "public/get_book_summary_by_instrument": self._summary,
        }
        self.routes = {BASE + name: self._route(name) for name in self.methods}
        self.routes[BASE + "public/get_time"] = lambda request: ok(int(request.now * 1000), int(request.now * 1e6))

    def _route(self, name: str) -> Callable[[RestRequest], Any]:
        def answer(request: RestRequest) -> Any:
            return ok(self.methods[name](request.query, request.as_of_us), int(request.now * 1e6))

        return answer

    def call(self, name: str, params: Params) -> Any:
        """The result of a method. Raises Refused, or KeyError for one that does not exist."""
        return self.methods[name](params, None)

    def limited(self, verdict: Verdict) -> RestAnswer:  # noqa: ARG002
        return limited()

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(400, {"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"},
                                "testnet": False})  # fmt: skip

    def _instruments(self, params: Params, _: int | None) -> Any:
        currency, kind = params.get("currency"), params.get("kind")
        if currency is None:
            raise invalid("currency", "is required")
        if kind not in (None, "future", "option", "spot", "future_combo", "option_combo"):
            raise invalid("kind", "wrong format")
        found = [entry(item) for item in self.instruments.values()]
        return [one for one in found if kind in (None, one["kind"]) and _concerns(one, str(currency))]

    def _book(self, params: Params, as_of_us: int | None) -> Any:
        market, depth = self._market(params), _number(params, "depth", 5)
        if not 1 <= depth <= 10_000:
            raise invalid("depth", "must be 1 to 10000")
        state, item = view(market, as_of_us), market.instrument
        bids, asks = (
            [[float(frames.price(item, price)), float(frames.amount(item, size))] for price, size in levels[:depth]]
            for levels in (state.bids, state.asks)
        )
        return {**frames.ticker(market), "timestamp": state.time_us // 1000, "change_id": state.sequence,
                "bids": bids, "asks": asks}  # fmt: skip

    def _trades(self, params: Params, _: int | None) -> Any:
        market, count = self._market(params), _number(params, "count", 10)
        if not 1 <= count <= 1000:
            raise invalid("count", "must be 1 to 1000")
        first, last = _number(params, "start_seq", 0), _number(params, "end_seq", 1 << 60)
        known = [fill for fill in market.history.trades if first <= fill.id <= last]
        upwards = params.get("sorting") == "asc" or ("sorting" not in params and "start_seq" in params)
        chosen = known[:count] if upwards else known[: -count - 1 : -1]
        return {"trades": frames.trades(market.instrument, chosen), "has_more": len(known) > count}

    def _chart(self, params: Params, _: int | None) -> Any:
        market, length = self._market(params), RESOLUTIONS_MS.get(str(params.get("resolution")))
        if length is None:
            raise invalid("resolution", "wrong format")
        for name in ("start_timestamp", "end_timestamp"):
            if name not in params:
                raise invalid(name, "is required")
        first, last = _number(params, "start_timestamp", 0), _number(params, "end_timestamp", 0)
        rows = candles_between(market, length, first - first % length, last)[-MOST_ROWS:]
        item = market.instrument
        sums = [frames.volumes(item, row) for row in rows]
        prices = {
            name: [float(frames.price(item, getattr(row, name))) for row in rows]
            for name in ("open", "high", "low", "close")
        }
        return {"status": "ok" if rows else "no_data", "ticks": [row.start_ms for row in rows], **prices,
                "volume": [volume for volume, _ in sums], "cost": [cost for _, cost in sums]}  # fmt: skip

    def _summary(self, params: Params, _: int | None) -> Any:
        market = self._market(params)
        body, item = frames.ticker(market), market.instrument
        return [{
            "instrument_name": item.symbol, "base_currency": item.pair.base, "quote_currency": _quote(item),
            "last": body["last_price"], "mark_price": body["mark_price"], "bid_price": body["best_bid_price"],
            "ask_price": body["best_ask_price"], "creation_timestamp": body["timestamp"],
            **{name: body[name] for name in ("open_interest",) if name in body},
        }]  # fmt: skip

    def _market(self, params: Params) -> VenueMarket:
        market = self.markets.get(str(params.get("instrument_name")))
        if market is None:
            raise invalid("instrument_name", "wrong format")
        return market


def entry(item: Instrument) -> dict[str, Any]:
    """One entry of get_instruments."""
    perpetual, reversed_ = item.symbol.endswith("-PERPETUAL"), bool(item.contract)
    body: dict[str, Any] = {
        "instrument_name": item.symbol, "kind": "future" if perpetual else "spot", "is_active": True,
        "instrument_type": "reversed" if reversed_ else "linear", "base_currency": item.pair.base,
        "quote_currency": _quote(item), "counter_currency": _quote(item),
        "settlement_currency": item.pair.base if reversed_ else item.pair.quote,
        "tick_size": float(frames.price(item, 1)), "tick_size_steps": [],
        "min_trade_amount": float(frames.amount(item, 1)), "contract_size": float(frames.amount(item, 1)),
        "price_index": f"{item.pair.base}_{item.pair.quote}".lower(), "creation_timestamp": 1_534_167_754_000,
    }  # fmt: skip
    return {**body, "settlement_period": "perpetual", "expiration_timestamp": NEVER_MS} if perpetual else body


def ok(result: Any, now_us: int) -> dict[str, Any]:
    """A result in its envelope."""
    return {"jsonrpc": "2.0", "result": result, "usIn": now_us, "usOut": now_us + 150, "usDiff": 150, "testnet": False}


def error_answer(status: int, code: int, text: str, **data: str) -> RestAnswer:
    """An error in its envelope."""
    error: dict[str, Any] = {"code": code, "message": text, **({"data": data} if data else {})}
    return RestAnswer(status, {"jsonrpc": "2.0", "error": error, "testnet": False})


def limited() -> RestAnswer:
    """Too many requests."""
    return error_answer(429, 10028, "too_many_requests")


def invalid(param: str, reason: str) -> Refused:
    """A parameter that cannot be used."""
    return Refused(error_answer(400, -32602, "Invalid params", reason=reason, param=param))


def _concerns(one: dict[str, Any], currency: str) -> bool:
    """Contracts are listed under what they settle in, spot pairs under both sides."""
    if one["kind"] == "spot" and currency == one["base_currency"]:
        return True
    return currency in ("any", one["settlement_currency"])


def _quote(item: Instrument) -> str:
    return item.pair.quote


def _number(params: Params, name: str, default: int) -> int:
    try:
        return whole({key: str(value) for key, value in params.items()}, name, default)
    except ValueError:
        raise invalid(name, "must be a whole number") from None
