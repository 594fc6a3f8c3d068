"""OKX's public REST API, version 5: instruments, books, candles, trades, open interest; a budget for each path."""

from typing import Any

from ..book import Levels
from ..channels import texts
from ..exchange import RestAnswer, RestRequest, view
from ..instruments import Instrument
from ..limits import WeightBudget
from ..rest import FOR_EVER, Refused, RestApi, candles_between, newest
from ..trade_history import Candle, Trade
from .okx_terms import interest, volumes

BASE = "/api/v5/"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BARS_MS = {
    **{f"{count}m": count * MINUTE for count in (1, 3, 5, 15, 30)},
    **{f"{count}H": count * HOUR for count in (1, 2, 4, 6, 12)},
    **{f"{count}Hutc": count * HOUR for count in (6, 12)},
    **{f"{count}Dutc": count * DAY for count in (1, 2, 3)},
    "1D": DAY, "1Wutc": 7 * DAY,
}  # fmt: skip
BUDGETS = {"market/books": 40, "market/candles": 40, "market/history-candles": 20, "market/trades": 100,
           "market/history-trades": 20, "public/instruments": 20, "public/open-interest": 20,
           "public/time": 10}  # fmt: skip
LATEST = 1440
TYPES = ("SPOT", "SWAP", "FUTURES", "OPTION", "MARGIN")


def offset_ms(bar: str) -> int:
    """Where bars start: those of six hours and longer at midnight in Hong Kong, unless they are named utc."""
    if bar == "1Wutc":
        return 4 * DAY  # time began on a Thursday
    return -8 * HOUR if BARS_MS[bar] >= 6 * HOUR and not bar.endswith("utc") else 0


class OkxRest(RestApi):
    """Answers GET /api/v5/... of one kind of instrument: SPOT or SWAP. Most errors come with status 200."""

    symbol_key = "instId"
    troubles = {429: ("50011", "Too Many Requests"), 503: ("50001", "Service temporarily unavailable"),
                500: ("50000", "Request failed")}  # fmt: skip

    def __init__(self, instruments: dict[str, Instrument], kind: str) -> None:
        super().__init__(instruments)
        self.kind = kind
        self.budgets = {BASE + path: WeightBudget(most, 2, FOR_EVER) for path, most in BUDGETS.items()}
        self.routes = {
            BASE + "public/time": lambda request: [{"ts": str(int(request.now * 1000))}],
            BASE + "public/instruments": self._instruments,
            BASE + "public/open-interest": self._interest,
            BASE + "market/books": self._books,
            BASE + "market/candles": lambda request: self._candles(request, LATEST),
            BASE + "market/history-candles": lambda request: self._candles(request, 1 << 30),
            BASE + "market/trades": self._trades,
            BASE + "market/history-trades": self._history,
        }

    def wrapped(self, data: Any, request: RestRequest) -> Any:  # noqa: ARG002
        return {"code": "0", "msg": "", "data": data}

    def error(self, code: str, text: str) -> Any:
        return {"code": code, "msg": text, "data": []}

    def bad(self, name: str, value: str | None) -> Refused:  # noqa: ARG002 - the name is enough
        if name == self.symbol_key:
            return self.refused("51001", "Instrument ID doesn't exist.", 200)
        return self.refused("51000", f"Parameter {name} error", 200)

    def not_found(self, request: RestRequest) -> RestAnswer:
        return RestAnswer(404, {"msg": f"The requested path {request.path} does not exist", "code": "404"})

    def _instruments(self, request: RestRequest) -> Any:
        kind, wanted = self.word(request, "instType", dict(zip(TYPES, TYPES, strict=True))), request.query.get("instId")
        items = [item for item in self.instruments.values() if kind == self.kind and wanted in (None, item.symbol)]
        if wanted is not None and not items:
            raise self.bad("instId", wanted)
        return [entry(item, kind) for item in items]

    def _books(self, request: RestRequest) -> Any:
        market, size = self.market(request), self.whole(request, "sz", 1, 1, 400)
        state, item = view(market, request.as_of_us), market.instrument
        return [{"asks": levels(item, state.asks[:size]), "bids": levels(item, state.bids[:size]),
                 "ts": str(state.time_us // 1000), "seqId": state.sequence}]  # fmt: skip

    def _candles(self, request: RestRequest, latest: int) -> Any:
        market, bar = self.market(request), request.query.get("bar", "1m")
        length, limit = self.word(request, "bar", BARS_MS, "1m"), self.whole(request, "limit", 100, 1, 300)
        older, newer = self.whole(request, "after", 1 << 60), self.whole(request, "before", -1, -1)
        known = candles_between(market, length, 0, 1 << 60, offset_ms(bar))[-latest:]
        chosen = [row for row in known if newer < row.start_ms < older][-limit:]
        return [candle(market.instrument, row, row is not known[-1]) for row in chosen[::-1]]

    def _trades(self, request: RestRequest) -> Any:
        market, limit = self.market(request), self.whole(request, "limit", 100, 1, 500)
        return [trade(market.instrument, fill) for fill in newest(market, limit)]

    def _history(self, request: RestRequest) -> Any:
        market, limit = self.market(request), self.whole(request, "limit", 100, 1, 100)
        by_time = self.word(request, "type", {"1": False, "2": True}, "1")
        older, newer = self.whole(request, "after", 1 << 62), self.whole(request, "before", -1, -1)
        places = ((fill.time_us // 1000 if by_time else fill.id, fill) for fill in newest(market, FOR_EVER))
        return [trade(market.instrument, fill) for place, fill in places if newer < place < older][:limit]

    def _interest(self, request: RestRequest) -> Any:
        kind = self.word(request, "instType", {kind: kind for kind in TYPES[1:4]})
        markets = [self.market(request)] if request.query.get("instId") else list(self.markets.values())
        return [
            {"instType": kind, "instId": market.instrument.symbol,
             **interest(market.instrument, market.history.open_interest, market.history.last_price),
             "ts": str(market.clock_us // 1000)}
            for market in markets if kind == self.kind
        ]  # fmt: skip


def levels(item: Instrument, side: Levels) -> list[list[str]]:
    """Levels; the last number is how many orders there are."""
    rows = zip(texts(item, side), side, strict=True)
    return [[*row, "0", str(1 + lots % 5 if lots else 0)] for row, (_, lots) in rows]


def trade(item: Instrument, fill: Trade) -> dict[str, str]:
    """One match; the side is the taker's."""
    return {
        "instId": item.symbol, "tradeId": str(fill.id), "px": item.price_number(fill.price),
        "sz": item.size_number(fill.size), "side": fill.taker_side, "ts": str(fill.time_us // 1000),
    }  # fmt: skip


def candle(item: Instrument, row: Candle, closed: bool) -> list[str]:
    """One candle, on the stream and in REST answers."""
    prices = map(item.price_number, (row.open, row.high, row.low, row.close))
    return [str(row.start_ms), *prices, *volumes(item, row), str(int(closed))]


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
