"""Binance spot and Binance.US: addresses, subscriptions, streams and their pace.

The sequence numbers U, u, lastUpdateId and the bookTicker's u are one chain: every change of a book takes one.
"""

import json
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, Session
from ..generator import Profile, Tick
from ..instruments import Instrument, Pair, decimals_for, lot_decimals, start_price, tick_decimals
from ..market import VenueTerms
from ..pacing import CandlePace
from . import binance_frames as frames
from .binance_rest import REFUSALS, BinanceRest, RestTerms

TICK_DECIMALS = {"BTC": 2, "ETH": 2, "BNB": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
LOT_DECIMALS = {"BTC": 5, "ETH": 4, "BNB": 3, "SOL": 3, "LTC": 3, "XRP": 1, "ADA": 1, "DOGE": 0}
MAX_STREAMS = 1024
MOST_BYTES = 4096  # of one request
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")

SPOT_RULES = ConnectionRules(ping_seconds=20.0, pong_seconds=60.0, messages_a_second=5, age_seconds=86_400.0,
                             connects=300, connects_seconds=300.0)  # fmt: skip
US_RULES = ConnectionRules(ping_seconds=180.0, pong_seconds=600.0, messages_a_second=5, age_seconds=86_400.0)


def instrument(pair: Pair) -> Instrument:
    """How Binance would list a pair: symbol without separator, 8 digits on the wire."""
    tick = tick_decimals(pair, TICK_DECIMALS, 3e-5)
    usual = LOT_DECIMALS.get(pair.base, max(0, 5 - decimals_for(start_price(pair), 3e-5)))
    lot = lot_decimals(pair, usual)
    return Instrument(pair, (pair.base + pair.quote).upper(), tick, lot, 8, 8)


def spot_terms(pairs: list[Pair]) -> VenueTerms:
    """Binance spot: deep, tight, quick; no pairs in US dollars."""
    profile = Profile(levels=3000, changes=40, lag=0.1, offset=0.1e-4, absent_deletes=0.3, trade_rate=0.5,
                      first_sequence=50_093_000_000)  # fmt: skip
    return VenueTerms("binance", tuple(instrument(pair) for pair in pairs if pair.quote != "USD"), profile)


def us_terms(pairs: list[Pair]) -> VenueTerms:
    """Binance.US: the same protocol over a thin market."""
    profile = Profile(levels=500, changes=25, half_spread=0.6e-4, lag=0.5, offset=0.2e-4, absent_deletes=0.1,
                      trade_rate=0.05, first_sequence=113_000_000)  # fmt: skip
    return VenueTerms("binance_us", tuple(instrument(pair) for pair in pairs), profile)


@dataclass
class BinanceSession(Session):
    """A connection: subscriptions, wrapped or raw, milliseconds or microseconds."""

    combined: bool = False
    micro: bool = False

    def restyle(self) -> None:
        """Derive the variant of the frames this connection gets."""
        self.variant = ("combined" if self.combined else "raw") + ("/us" if self.micro else "")


@dataclass
class SlowDiff:
    """Changes gathered for the one-second streams."""

    first: int | None = None
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def take(self, tick: Tick) -> None:
        """Add one step."""
        if self.first is None and tick.last >= tick.first:
            self.first = tick.first
        self.bids.update(tick.bids)
        self.asks.update(tick.asks)


class Binance(Exchange):
    """Binance spot; `us` makes it Binance.US."""

    def __init__(self, terms: VenueTerms, us: bool = False, steps_a_second: int = 10) -> None:
        super().__init__(terms)
        self.rules = US_RULES if us else SPOT_RULES
        self.steps_a_second = steps_a_second
        self.api = BinanceRest(self.instruments, RestTerms.us() if us else RestTerms.spot())
        self.intervals = self.api.terms.intervals
        self._slow: dict[str, SlowDiff] = {}
        self._steps = 0
        self._candles = CandlePace(steps_a_second, 2000)

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        parts = urlsplit(target)
        query = parse_qs(parts.query)
        path = unquote(parts.path).strip("/").split("/")
        names = [name for name in path[1:] if name]
        if path[0] == "stream" and not names:
            names = [name for name in query.get("streams", [""])[0].split("/") if name]
        elif path[0] != "ws":
            return None
        session = BinanceSession(dict.fromkeys(names[:MAX_STREAMS]), combined=path[0] == "stream")
        session.micro = query.get("timeUnit", [""])[0].upper() == "MICROSECOND"
        session.restyle()
        return session

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, BinanceSession)
        if len(text.encode()) > MOST_BYTES:
            return []  # the real one reads it no further, and says nothing
        try:
            message = json.loads(text)
        except ValueError as error:
            return [_error(3, f"Invalid JSON: {error}")]
        if not isinstance(message, dict) or "method" not in message:
            return [_error(2, "Invalid request: missing field `method` at line 1 column 1")]
        number = message.get("id")
        if not (number is None or (isinstance(number, int) and not isinstance(number, bool))
                or (isinstance(number, str) and len(number) <= 36)):  # fmt: skip
            return [_error(2, "Invalid request: request ID must be an unsigned integer")]
        return [self._method(session, message, number)]

    def _method(self, session: BinanceSession, message: dict[str, Any], number: int | str | None) -> str:
        method, params = message["method"], message.get("params", [])
        if method not in METHODS:
            wanted = ", ".join(f"`{name}`" for name in METHODS)
            return _error(2, f"Invalid request: unknown variant `{method}`, expected one of {wanted}", number)
        if not isinstance(params, list):
            return _error(2, "Invalid request: invalid type for params, expected a sequence", number)
        if method == "LIST_SUBSCRIPTIONS":
            return _result(list(session.streams), number)
        if method.endswith("PROPERTY"):
            return self._property(session, method, params, number)
        if not all(isinstance(name, str) for name in params):
            return _error(2, "Invalid request: stream names must be strings", number)
        if method == "UNSUBSCRIBE":
            for name in params:
                session.streams.pop(name, None)
        elif len(session.streams.keys() | set(params)) > MAX_STREAMS:
            return _error(2, "Invalid request: too many subscriptions", number)
        else:  # unknown streams are accepted too, and stay silent
            session.streams.update(dict.fromkeys(params))
        return _result(None, number)

    @staticmethod
    def _property(session: BinanceSession, method: str, params: list[Any], number: int | str | None) -> str:
        if not params or not isinstance(params[0], str):
            return _error(2, "Invalid request: property name must be a string", number)
        if params[0] != "combined":
            return _error(0, "Unknown property", number)
        if method == "GET_PROPERTY":
            return _result(session.combined, number)
        if len(params) != 2 or not isinstance(params[1], bool):
            return _error(1, "Invalid value type: expected Boolean", number)
        session.combined = params[1]
        session.restyle()
        return _result(None, number)

    def farewell(self, session: Session, time_us: int) -> str:
        unit = 1 if session.variant.endswith("/us") else 1000
        return self.wrap("!serverShutdown", f'{{"e":"serverShutdown","E":{time_us // unit}}}', session.variant)

    # -- streams ------------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        slow = self._steps % self.steps_a_second == 0
        for tick in ticks:
            symbol = tick.market.instrument.symbol
            gathered = self._slow.setdefault(symbol, SlowDiff())
            gathered.take(tick)
            yield from self._of_tick(tick, wanted)
            if slow:
                yield from self._depth(tick, gathered, "", wanted)
                del self._slow[symbol]

    def _of_tick(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        item, now = tick.market.instrument, tick.time_us
        prefix = item.symbol.lower() + "@"
        if prefix + "trade" in wanted:
            for trade in tick.trades:
                yield self._frame(prefix + "trade", "trade", item, partial(frames.trade, item, trade, now))
        if prefix + "aggTrade" in wanted:
            for taker in tick.aggregates:
                yield self._frame(prefix + "aggTrade", "trade", item, partial(frames.aggregate, item, taker, now))
        if prefix + "bookTicker" in wanted:
            for touch in tick.touches:
                yield self._text(prefix + "bookTicker", "ticker", item, frames.ticker(item, touch))
        yield from self._klines(tick, prefix, wanted)
        yield from self._depth(tick, SlowDiff(tick.first, tick.bids, tick.asks), "@100ms", wanted)

    def _depth(self, tick: Tick, changes: SlowDiff, pace: str, wanted: Container[str]) -> Iterator[Publication]:
        """The diff and the partial books of one pace; nothing when nothing changed."""
        item, book = tick.market.instrument, tick.market.book
        prefix = item.symbol.lower() + "@depth"
        if changes.first is None or tick.last < changes.first:
            return
        if prefix + pace in wanted:
            write = partial(frames.diff, item, tick.time_us, changes.first, tick.last, changes.bids, changes.asks)
            yield self._frame(prefix + pace, "diff", item, write)
        for count in (5, 10, 20):
            name = f"{prefix}{count}{pace}"
            if name in wanted:
                text = frames.book(item, tick.last, book.bids.top(count), book.asks.top(count))
                yield self._text(name, "book", item, text)

    def _klines(self, tick: Tick, prefix: str, wanted: Container[str]) -> Iterator[Publication]:
        """The running candle every two seconds and, once, the closed one."""
        item, now = tick.market.instrument, tick.time_us
        candles = self._candles.rows(tick, self._steps)
        for name, length in self.intervals.items():
            stream = f"{prefix}kline_{name}"
            for candle, closed in candles(length, frames.offset_ms(name)) if stream in wanted else ():
                yield self._frame(stream, "candle", item, partial(frames.kline, item, name, candle, closed, now))

    def _frame(self, stream: str, kind: str, item: Instrument, write: Callable[[int], str]) -> Publication:
        def make(variant: str) -> str:
            return self.wrap(stream, write(1 if variant.endswith("/us") else 1000), variant)

        return Publication(stream, kind, str(item.pair), make)

    def _text(self, stream: str, kind: str, item: Instrument, text: str) -> Publication:
        return Publication(stream, kind, str(item.pair), partial(self.wrap, stream, text))

    def wrap(self, stream: str, payload: str, variant: str) -> str:
        return f'{{"stream":"{stream}","data":{payload}}}' if variant.startswith("combined") else payload

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        body = REFUSALS.get(status, f"<html><head><title>{status}</title></head></html>")
        if status == 418:
            body = {"code": -1003, "msg": f"Way too much request weight used; IP banned until "
                    f"{int((now + (retry_after or 0)) * 1000)}. Please use WebSocket Streams for live updates to "
                    "avoid bans."}  # fmt: skip
        return RestAnswer(status, body, headers)

    def used(self) -> Mapping[str, int]:
        return {"all": self.api.budget.used}

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:
        if text.startswith('{"stream":"'):
            stream, _, payload = text[len('{"stream":"') :].partition('","data":')
            return stream, payload[:-1]
        path = urlsplit(address).path
        name = path.rpartition("/ws/")[2] if "/ws/" in path else ""
        return (name, text) if name and not text.startswith('{"result"') else None

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return path.rpartition("/")[2] + ":" + query.get("symbol", "").upper()


def _result(result: object, number: int | str | None) -> str:
    return json.dumps({"result": result, "id": number}, separators=(",", ":"))


def _error(code: int, text: str, number: int | str | None = None) -> str:
    body: dict[str, object] = {"code": code, "msg": text}
    if number is not None:
        body["id"] = number
    return json.dumps(body, separators=(",", ":"))
