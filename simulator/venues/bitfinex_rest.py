"""Bitfinex's public REST API, version 2: everything is an array."""

from typing import Any

from ..decimals import js_text
from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import Verdict, WeightBudget
from ..rest import Refused, RestApi, candles_between, whole
from . import bitfinex_frames as frames
from .bitfinex_terms import CURRENCY_NAMES, future_name, pair_name

BUDGETS = {"conf": 90, "book": 90, "candles": 30, "trades": 15, "status": 90, "platform": 15}  # a minute
MOST = 10_000
OPEN_INTEREST = 18


class BitfinexRest(RestApi):
    """Answers GET /v2/..."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.budgets = {name: WeightBudget(most, 60, patience=0, ban_seconds=60) for name, most in BUDGETS.items()}
        self.routes = {
            "conf": self._conf, "book": self._book, "candles": self._candles, "trades": self._trades,
            "status": self._status, "platform": lambda _: [1],
        }  # fmt: skip

    def route_of(self, request: RestRequest) -> str:
        parts = _parts(request)
        return parts[1] if len(parts) > 1 and parts[0] == "v2" else ""

    def limited(self, verdict: Verdict) -> RestAnswer:  # noqa: ARG002
        return limited()

    def not_found(self, request: RestRequest) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(404, ["error", 10020, "path: invalid"])

    def _conf(self, request: RestRequest) -> Any:
        keys = _parts(request)[2:]
        return [self._setting(key) for key in keys[0].split(",")] if keys else []

    def _setting(self, key: str) -> Any:
        items = list(self.instruments.values())
        if key == "pub:list:pair:exchange":
            return [pair_name(item.pair) for item in items]
        if key == "pub:list:pair:futures":
            return [future_name(item.pair) for item in items if item.pair.quote == "USDT"]
        if key == "pub:map:currency:sym":
            return [[code, name] for code, name in CURRENCY_NAMES.items()]
        if key == "pub:info:pair":
            limits = [None, None, None, "0.00006", "2000.0", None, None, None, 0.2, 0.1, None, None]
            return [[pair_name(item.pair), limits] for item in items]
        return []

    def _book(self, request: RestRequest) -> Any:
        _, _, symbol, precision, *_ = [*_parts(request), "", ""]
        market, length = self._market(symbol), request.query.get("len", "25")
        if precision not in ("P0", "R0") or length not in ("1", "25", "100", "250"):
            raise _error("precision or len: invalid")
        state, most = view(market, request.as_of_us), int(length)
        rows = frames.rows(market.instrument, state.bids[:most], state.asks[:most], precision == "R0")
        return frames.array(rows)

    def _candles(self, request: RestRequest) -> Any:
        """Minutes without trades are left out."""
        _, _, key, section, *_ = [*_parts(request), "", ""]
        kind, name, symbol = [*key.split(":", 2), "", ""][:3]
        if kind != "trade" or name not in frames.FRAMES_MS or section not in ("hist", "last"):
            raise _error("candles: invalid")
        market, limit = self._market(symbol), _number(request, "limit", 100)
        first, last = _number(request, "start", 0), _number(request, "end", 1 << 60)
        if not 1 <= limit <= MOST:
            raise _error("limit: invalid")
        known = candles_between(market, frames.FRAMES_MS[name], first, last)
        known = [candle for candle in known if candle.trades]
        if section == "last":
            return frames.candle(market.instrument, known[-1]) if known else "[]"
        chosen = known[:limit] if request.query.get("sort") == "1" else known[: -limit - 1 : -1]
        return frames.array(frames.candle(market.instrument, candle) for candle in chosen)

    def _trades(self, request: RestRequest) -> Any:
        parts = _parts(request)
        market, limit = self._market(parts[2] if len(parts) > 2 else ""), _number(request, "limit", 125)
        first, last = _number(request, "start", 0), _number(request, "end", 1 << 60)
        if not 1 <= limit <= MOST:
            raise _error("limit: invalid")
        known = [fill for fill in market.history.trades if first <= fill.time_us // 1000 <= last]
        chosen = known[:limit] if request.query.get("sort") == "1" else known[: -limit - 1 : -1]
        return frames.array(frames.trade(market.instrument, fill) for fill in chosen)

    def _status(self, request: RestRequest) -> Any:
        """Rows of perpetuals; the simulated ones follow the spot pairs in USDT."""
        wanted = request.query.get("keys", "ALL").split(",")
        markets = {"t" + future_name(market.instrument.pair): market for market in self.markets.values()
                   if market.instrument.pair.quote == "USDT"}  # fmt: skip
        if _parts(request)[2:3] != ["deriv"]:
            raise _error("type: invalid")
        chosen = [(key, market) for key, market in markets.items() if wanted == ["ALL"] or key in wanted]
        return frames.array(_deriv_row(key, market) for key, market in chosen)

    def _market(self, symbol: str) -> VenueMarket:
        market = self.markets.get(symbol)
        if market is None:
            raise _error("symbol: invalid")
        return market


def limited() -> RestAnswer:
    """Too many requests."""
    return RestAnswer(429, ["error", 11010, "ratelimit: error"])


def _deriv_row(key: str, market: VenueMarket) -> str:
    item, history = market.instrument, market.history
    price = js_text(history.last_price, item.tick_decimals)
    row = ["null"] * 23
    row[0], row[1], row[3], row[4], row[15] = f'"{key}"', str(market.clock_us // 1000), price, price, price
    row[OPEN_INTEREST] = js_text(history.open_interest, item.lot_decimals)
    return frames.array(row)


def _parts(request: RestRequest) -> list[str]:
    return [part for part in request.path.split("/") if part]


def _error(text: str) -> Refused:
    return Refused(RestAnswer(500, ["error", 10020, text]))


def _number(request: RestRequest, name: str, default: int) -> int:
    try:
        return whole(request.query, name, default)
    except ValueError:
        raise _error(f"{name}: invalid") from None
