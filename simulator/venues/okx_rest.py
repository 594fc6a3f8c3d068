"""OKX's public REST API, version 5: instruments, books, candles, trades, open interest; a budget for each path."""

from typing import Any

from ..exchange import RestAnswer, RestRequest, view
from ..generator import VenueMarket
from ..instruments import Instrument
from ..limits import Verdict, WeightBudget
from ..rest import Refused, RestApi, candles_between, whole
from . import okx_frames as frames
from .okx_terms import interest

BASE = "/api/v5/"
BUDGETS = {"market/books": 40, "market/candles": 40, "market/history-candles": 20, "market/trades": 100,
           "market/history-trades": 20, "public/instruments": 20, "public/open-interest": 20,
           "public/time": 10}  # fmt: skip
LATEST = 1440
FOR_EVER = 1 << 30


class OkxRest(RestApi):
    """Answers GET /api/v5/... of one kind of instrument: SPOT or SWAP."""

    def __init__(self, instruments: dict[str, Instrument], kind: str) -> None:
        super().__init__(instruments)
        self.kind = kind
        self.budgets = {BASE + path: WeightBudget(most, 2, FOR_EVER) for path, most in BUDGETS.items()}
        self.routes = {
            BASE + "public/time": lambda request: _data([{"ts": str(int(request.now * 1000))}]),
            BASE + "public/instruments": self._instruments,
            BASE + "public/open-interest": self._interest,
            BASE + "market/books": self._books,
            BASE + "market/candles": lambda request: self._candles(request, LATEST),
            BASE + "market/history-candles": lambda request: self._candles(request, None),
            BASE + "market/trades": self._trades,
            BASE + "market/history-trades": self._history,
        }

    def limited(self, verdict: Verdict) -> RestAnswer:  # noqa: ARG002
        return RestAnswer(429, error_answer("50011", "Too Many Requests").body)

    def not_found(self, request: RestRequest) -> RestAnswer:
        return RestAnswer(404, {"msg": f"The requested path {request.path} does not exist", "code": "404"})

    def _instruments(self, request: RestRequest) -> Any:
        kind, wanted = request.query.get("instType", ""), request.query.get("instId")
        if kind not in ("SPOT", "SWAP", "FUTURES", "OPTION", "MARGIN"):
            raise _error("51000", "Parameter instType error")
        items = [item for item in self.instruments.values() if kind == self.kind and wanted in (None, item.symbol)]
        if wanted is not None and not items:
            raise _error("51001", "Instrument ID doesn't exist.")
        return _data([entry(item, kind) for item in items])

    def _books(self, request: RestRequest) -> Any:
        market, size = self._market(request), _number(request, "sz", 1)
        if not 1 <= size <= 400:
            raise _error("51000", "Parameter sz error")
        state, item = view(market, request.as_of_us), market.instrument
        bids, asks = frames.rows(item, state.bids[:size]), frames.rows(item, state.asks[:size])
        stamp = f'"ts":"{state.time_us // 1000}","seqId":{state.sequence}'
        return f'{{"code":"0","msg":"","data":[{{"asks":[{asks}],"bids":[{bids}],{stamp}}}]}}'

    def _candles(self, request: RestRequest, latest: int | None) -> Any:
        market, bar = self._market(request), request.query.get("bar", "1m")
        limit = _number(request, "limit", 100)
        if bar not in frames.BARS_MS:
            raise _error("51000", "Parameter bar error")
        if not 1 <= limit <= 300:
            raise _error("51000", "Parameter limit error")
        older, newer = _number(request, "after", 1 << 60), _number(request, "before", -1)
        length = frames.BARS_MS[bar]
        known = candles_between(market, length, 0, 1 << 60, frames.offset_ms(bar))
        running = known[-1].start_ms
        known = known if latest is None else known[-latest:]
        chosen = [candle for candle in known if newer < candle.start_ms < older][-limit:]
        rows = [frames.candle(market.instrument, candle, candle.start_ms != running) for candle in chosen]
        return _data(rows[::-1])

    def _trades(self, request: RestRequest) -> Any:
        market, limit = self._market(request), _number(request, "limit", 100)
        if not 1 <= limit <= 500:
            raise _error("51000", "Parameter limit error")
        fills = list(market.history.trades)[-limit:]
        return _data([frames.trade(market.instrument, fill) for fill in reversed(fills)])

    def _history(self, request: RestRequest) -> Any:
        market, limit = self._market(request), _number(request, "limit", 100)
        if not 1 <= limit <= 100 or request.query.get("type", "1") not in ("1", "2"):
            raise _error("51000", "Parameter limit or type error")
        older, newer = _number(request, "after", 1 << 62), _number(request, "before", -1)
        by_time = request.query.get("type") == "2"
        fills = [
            fill for fill in market.history.trades if newer < (fill.time_us // 1000 if by_time else fill.id) < older
        ][-limit:]
        return _data([frames.trade(market.instrument, fill) for fill in reversed(fills)])

    def _interest(self, request: RestRequest) -> Any:
        kind, wanted = request.query.get("instType", ""), request.query.get("instId")
        if kind not in ("SWAP", "FUTURES", "OPTION"):
            raise _error("51000", "Parameter instType error")
        markets = [self._market(request)] if wanted else list(self.markets.values())
        return _data([
            {"instType": kind, "instId": market.instrument.symbol,
             **interest(market.instrument, market.history.open_interest, market.history.minutes[-1].close),
             "ts": str(market.clock_us // 1000)}
            for market in markets if kind == self.kind
        ])  # fmt: skip

    def _market(self, request: RestRequest) -> VenueMarket:
        market = self.markets.get(request.query.get("instId", ""))
        if market is None:
            raise _error("51001", "Instrument ID doesn't exist.")
        return market


def entry(item: Instrument, kind: str) -> dict[str, str]:
    """One entry of instruments."""
    pair = item.pair
    common = {
        "instType": kind, "instId": item.symbol, "tickSz": item.price_number(1), "lotSz": item.size_number(1),
        "minSz": item.size_number(1), "state": "live", "listTime": "1611907686000", "expTime": "",
        "instFamily": "" if kind == "SPOT" else f"{pair.base}-{pair.quote}",
    }  # fmt: skip
    if kind == "SPOT":
        return {**common, "baseCcy": pair.base, "quoteCcy": pair.quote, "settleCcy": "", "ctVal": "", "ctMult": "",
                "ctValCcy": "", "ctType": "", "uly": ""}  # fmt: skip
    value, unit = item.contract.split()
    inverse = unit != pair.base
    return {**common, "baseCcy": "", "quoteCcy": "", "settleCcy": pair.base if inverse else pair.quote,
            "ctVal": value, "ctMult": "1", "ctValCcy": unit, "ctType": "inverse" if inverse else "linear",
            "uly": f"{pair.base}-{pair.quote}"}  # fmt: skip


def error_answer(code: str, text: str) -> RestAnswer:
    """An error in OKX's shape; most come with status 200."""
    return RestAnswer(200, {"code": code, "msg": text, "data": []})


def _data(rows: list[Any]) -> Any:
    return {"code": "0", "msg": "", "data": rows}


def _error(code: str, text: str) -> Refused:
    return Refused(error_answer(code, text))


def _number(request: RestRequest, name: str, default: int) -> int:
    try:
        return whole(request.query, name, default)
    except ValueError:
        raise _error("51000", f"Parameter {name} error") from None
