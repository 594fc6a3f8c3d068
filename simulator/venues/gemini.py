"""Gemini: the new API at /, books in band on request and numbered by U and u; the old one at /v2/marketdata.

The snapshot is not marked: it is the first depthUpdate of a symbol, with U equal to u. Whoever subscribes again
without unsubscribing gets none.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..exchange import Close, Exchange, Publication, Session
from ..generator import Profile, Tick
from ..instruments import Instrument, Pair, lot_decimals, tick_decimals
from ..market import VenueTerms
from ..pacing import Gatherer, due
from . import gemini_frames as frames
from . import gemini_old as old
from .gemini_rest import GeminiRest

TICK_DECIMALS = {"BTC": 2, "ETH": 2, "SOL": 3, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
QUOTES = frozenset({"USD", "USDT", "EUR", "GBP", "BTC", "ETH"})
STREAM = re.compile(r"([^@]+)@(trade|bookTicker|depth(?:5|10|20)?(?:@100ms)?)")
PACES_MS = {"@100ms": 100, "": 1000}


def instrument(pair: Pair) -> Instrument:
    """How Gemini would list a pair: lower case without separator."""
    tick, lot = tick_decimals(pair, TICK_DECIMALS, 1e-5, other=5), lot_decimals(pair, 8)
    return Instrument(pair, (pair.base + pair.quote).lower(), tick, lot, tick, lot)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Gemini: thin, a wider touch, behind the others."""
    profile = Profile(levels=900, changes=20, half_spread=0.5e-4, lag=0.5, offset=0.3e-4, trade_rate=0.08,
                      first_sequence=2_700_000_000)  # fmt: skip
    return VenueTerms("gemini", tuple(instrument(pair) for pair in pairs if pair.quote in QUOTES), profile)


@dataclass
class GeminiSession(Session):
    """A connection: `levels` of its snapshots (None: all, 0: it wants none), or one of the old API."""

    levels: int | None = 0
    old: bool = False


class Gemini(Exchange):
    """The Gemini protocol."""

    row = re.compile(r'\[(?:"(?:buy|sell)",)?("[0-9.]+"), ?("[0-9.]+")')

    def __init__(self, terms: VenueTerms, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.steps_a_second = steps_a_second
        self.api = GeminiRest(self.instruments)
        self._gatherers = {pace: Gatherer() for pace in PACES_MS}
        self._steps = 0

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        parts = urlsplit(target)
        if parts.path.rstrip("/") == "/v2/marketdata":
            return GeminiSession({old.HEARTBEAT: None}, old=True)
        if parts.path not in ("", "/"):
            return None
        text = parse_qs(parts.query).get("snapshot", ["0"])[0]
        levels = int(text) if re.fullmatch(r"-?\d{1,6}", text) else 0
        return GeminiSession(levels=None if levels < 0 else levels)

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, GeminiSession)
        if session.old:
            return old.receive(session, text, self.instruments, self.markets)
        try:
            message = json.loads(text)
        except ValueError:
            return [error(None, -1000, "Invalid JSON")]
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            return [error(None, -1000, "Invalid request: no method")]
        number, method, params = message.get("id"), message["method"].lower(), message.get("params", [])
        simple: dict[str, Any] = {
            "ping": {}, "time": {"serverTime": self.clock() // 1000}, "list_subscriptions": list(session.streams),
            "conninfo": {"subscriptions": len(session.streams)},
        }  # fmt: skip
        if method in simple:
            return [result(number, simple[method])]
        if method not in ("subscribe", "unsubscribe"):
            return [error(number, -1001, f"Unknown method: {message['method']}")]
        names = params if isinstance(params, list) else []
        bad = [name for name in names if not self._known(name)]
        if bad or not names:
            return [error(number, -1121, f"Invalid stream: {bad[0]}" if bad else "Invalid params")]
        if method == "unsubscribe":
            for name in names:
                session.streams.pop(name, None)
            return [result(number, None)]
        fresh = [name for name in names if name not in session.streams]
        session.streams.update(dict.fromkeys(names))
        return [result(number, None), *(first for name in fresh for first in self._first(session, name))]

    def _known(self, name: object) -> bool:
        match = STREAM.fullmatch(name) if isinstance(name, str) else None
        return match is not None and match[1] in self.instruments

    def _first(self, session: GeminiSession, name: str) -> list[str]:
        """The snapshot of a diff stream."""
        symbol, _, rest = name.partition("@")
        market = self.markets.get(symbol)
        if market is None or rest not in ("depth", "depth@100ms") or session.levels == 0:
            return []
        book, span = market.book, (market.sequence, market.sequence)
        bids, asks = book.bids.top(session.levels), book.asks.top(session.levels)
        return [frames.depth(market.instrument, span, bids, asks, self.clock())]

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        for tick in ticks:
            for gatherer in self._gatherers.values():
                gatherer.take(tick)
            item, prefix = tick.market.instrument, tick.market.instrument.symbol + "@"
            if prefix + "trade" in wanted:
                for trade in tick.trades:
                    yield _frame(prefix + "trade", "trade", item, partial(frames.trade, item, trade))
            if prefix + "bookTicker" in wanted:
                for touch in tick.touches:
                    write = partial(frames.ticker, item, touch, tick.time_us)
                    yield _frame(prefix + "bookTicker", "ticker", item, write)
            for pace, period_ms in PACES_MS.items():
                if due(self._steps, self.steps_a_second, period_ms):
                    yield from self._depths(tick, pace, wanted)
            yield from old.publish(tick, wanted)
        yield from old.heartbeat(self._steps, self.steps_a_second, self.clock(), wanted)

    def _depths(self, tick: Tick, pace: str, wanted: Container[str]) -> Iterator[Publication]:
        """The diff and the partial books of one pace."""
        item, book = tick.market.instrument, tick.market.book
        changes = self._gatherers[pace].give(item.symbol)
        if changes is None or changes.first is None:
            return
        prefix = item.symbol + "@depth"
        if prefix + pace in wanted:
            bids, asks = sorted(changes.bids.items(), reverse=True), sorted(changes.asks.items())
            write = partial(frames.depth, item, (changes.first, changes.last), bids, asks, tick.time_us)
            yield _frame(prefix + pace, "diff", item, write)
        for count in (5, 10, 20):
            name = f"{prefix}{count}{pace}"
            if name in wanted:
                write = partial(frames.book, item, changes.last, book.bids.top(count), book.asks.top(count))
                yield _frame(name, "book", item, write)

    # -- REST and captures --------------------------------------------------------------------------------------

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        if "/v2/marketdata" in address:
            return old.recorded(text)
        message = json.loads(text)
        if not isinstance(message, dict) or "s" not in message:
            return None
        kind = "depth@100ms" if message.get("e") == "depthUpdate" else "bookTicker" if "B" in message else "trade"
        return f"{message['s'].lower()}@{kind}", text

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("l2:") or "@depth" in stream else "data"

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:  # noqa: ARG002
        return path.strip("/")


def result(number: object, value: object) -> str:
    """An answer."""
    return json.dumps({"id": number, "status": 200, "result": value}, separators=(",", ":"))


def error(number: object, code: int, text: str) -> str:
    """An answer to a request that cannot be done."""
    return json.dumps({"id": number, "status": 400, "error": {"code": code, "msg": text}}, separators=(",", ":"))


def _frame(stream: str, kind: str, item: Instrument, write: Any) -> Publication:
    return Publication(stream, kind, str(item.pair), lambda _: str(write()))
