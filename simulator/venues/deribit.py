"""Deribit, JSON-RPC over a websocket: linked change ids, a subscribe result that names only what was accepted."""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, Session
from ..generator import Tick, VenueMarket
from ..limits import CreditPool
from ..market import VenueTerms
from ..pacing import due
from ..rest import Refused
from ..window import Window, Windows
from . import deribit_frames as frames
from .deribit_api import DeribitApi, error_answer, invalid, limited

# kind.instrument[.group.depth].interval
CHANNEL = re.compile(r"(book|trades|ticker)\.(.+?)(?:\.(none)\.(1|10|20))?\.(100ms|agg2|raw)")
SHORTEST_HEARTBEAT = 10
MOST_CHANNELS = 500


@dataclass
class DeribitSession(Session):
    """A connection with its heartbeat and its credits."""

    interval: float | None = None
    beat: float = 0.0  # when the last one went out
    asked: bool = False  # a test request is unanswered
    requests: CreditPool = field(default_factory=lambda: CreditPool(50_000, 10_000, cost=500))
    subscribes: CreditPool = field(default_factory=lambda: CreditPool(30_000, 10_000, cost=3000))


class Deribit(Exchange):
    """The Deribit protocol, for perpetuals or spot."""

    rules = ConnectionRules(open=32)
    row = re.compile(r'"(?:new|change)",([0-9][0-9.e-]*),([0-9][0-9.e-]*)')

    def __init__(self, terms: VenueTerms, steps_a_second: int) -> None:
        super().__init__(terms)
        self.steps_a_second = steps_a_second
        self.api = DeribitApi(self.instruments)
        self._windows = Windows()
        self._steps = 0

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return DeribitSession() if urlsplit(target).path.rstrip("/") == "/ws/api/v2" else None

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, DeribitSession)
        try:
            message = json.loads(text)
        except ValueError:
            return [self._failed(error_answer(400, -32700, "Parse error"), None)]
        method = message.get("method") if isinstance(message, dict) else None
        if not isinstance(method, str):
            return [self._failed(error_answer(400, -32600, "Invalid Request"), None)]
        number, params = message.get("id"), message.get("params") or {}
        pool = session.subscribes if method.endswith("subscribe") else session.requests
        if pool.spend("", 1, self.clock() / 1_000_000).status != 200:
            return [self._failed(limited(), number), Close(1000, "too_many_requests")]
        try:
            return self._call(session, method, params if isinstance(params, dict) else {}, number)
        except Refused as error:
            return [self._failed(error.answer, number)]

    def _call(self, session: DeribitSession, method: str, params: dict[str, Any], number: Any) -> list[str | Close]:
        if method == "public/subscribe":
            return self._subscribe(session, params, number)
        if method in ("public/unsubscribe", "public/unsubscribe_all"):
            names = list(session.streams) if method.endswith("all") else self._channels(params)
            gone = [name for name in names if name in session.streams]
            for name in gone:
                del session.streams[name]
            return [self._done(gone if method == "public/unsubscribe" else "ok", number)]
        if method == "public/set_heartbeat":
            interval = params.get("interval")
            if not isinstance(interval, (int, float)) or interval < SHORTEST_HEARTBEAT:
                raise invalid("interval", f"must be at least {SHORTEST_HEARTBEAT}")
            session.interval, session.beat, session.asked = float(interval), session.heard, False
            return [self._done("ok", number)]
        if method == "public/disable_heartbeat":
            session.interval = None
            return [self._done("ok", number)]
        if method == "public/get_time":
            return [self._done(self.clock() // 1000, number)]
        if method == "public/test":
            session.asked = False
        if method not in self.api.methods:
            return [self._failed(error_answer(400, -32601, "Method not found"), number)]
        return [self._done(self.api.call(method, params), number)]

    def _subscribe(self, session: DeribitSession, params: dict[str, Any], number: Any) -> list[str | Close]:
        """What does not exist is left out of the result; raw streams need a login."""
        names = self._channels(params)
        if len(names) > MOST_CHANNELS:
            raise invalid("channels", f"at most {MOST_CHANNELS}")
        if any((match := CHANNEL.fullmatch(name)) and match[5] == "raw" for name in names):
            text = "raw_subscriptions_not_available_for_unauthorized"
            return [self._failed(error_answer(400, 13778, text), number)]
        accepted = [name for name in names if self._known(name)]
        fresh = [name for name in accepted if name not in session.streams]
        session.streams.update(dict.fromkeys(accepted))
        return [self._done(accepted, number), *(text for name in fresh for text in self._first(name))]

    @staticmethod
    def _channels(params: dict[str, Any]) -> list[str]:
        channels = params.get("channels")
        if not isinstance(channels, list) or not channels:
            raise invalid("channels", "is required")
        return list(dict.fromkeys(str(name) for name in channels))

    def _known(self, channel: str) -> bool:
        match = CHANNEL.fullmatch(channel)
        if match is None:
            return channel == "platform_state"
        return match[2] in self.instruments and (match[1] == "book" or match[3] is None)

    def _first(self, channel: str) -> list[str]:
        match = CHANNEL.fullmatch(channel)
        market = self.markets.get(match[2]) if match else None
        if match is None or market is None or match[1] == "trades":
            return []
        if match[1] == "ticker":
            return [frames.notification(channel, frames.compact(frames.ticker(market)))]
        window = self._windows.open(channel, market, int(match[4]) if match[4] else None)
        return [frames.notification(channel, self._whole(window, market.clock_us))]

    @staticmethod
    def _whole(window: Window, time_us: int) -> str:
        return frames.snapshot(window, time_us) if window.depth is None else frames.top(window, time_us)

    def pulse(self, session: Session, now: float) -> list[str | Close]:
        assert isinstance(session, DeribitSession)
        if session.interval is None or now - session.beat < session.interval:
            return []
        if session.asked:
            return [Close(1000, "heartbeat timeout")]
        session.asked = now - session.heard >= session.interval
        session.beat = now
        kind = "test_request" if session.asked else "heartbeat"
        return [frames.compact({"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": kind}})]

    def _done(self, result: Any, number: Any) -> str:
        now = self.clock()
        named = {} if number is None else {"id": number}
        times = {"usIn": now, "usOut": now + 150, "usDiff": 150}
        return frames.compact({"jsonrpc": "2.0", **named, "result": result, **times, "testnet": False})

    @staticmethod
    def _failed(answer: RestAnswer, number: Any) -> str:
        named = {} if number is None else {"id": number}
        return frames.compact({**answer.body, **named})

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        """Only those that follow the platform's state are told of a maintenance."""
        if "platform_state" not in session.streams:
            return ""
        return frames.notification("platform_state", '{"locked":"true","locked_indices":[]}')

    # -- channels -----------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        slow = due(self._steps, self.steps_a_second, 1000)
        for tick in ticks:
            market = tick.market
            for interval in ("100ms", "agg2"):
                channel = f"trades.{market.instrument.symbol}.{interval}"
                if tick.trades and channel in wanted:
                    rows = frames.compact(frames.trades(market.instrument, tick.trades))
                    yield _publication(channel, "trade", market, rows)
                channel = f"ticker.{market.instrument.symbol}.{interval}"
                if tick.last >= tick.first and channel in wanted and (slow or interval == "100ms"):
                    yield _publication(channel, "ticker", market, frames.compact(frames.ticker(market)))
            for channel, window, changes in self._windows.advance(
                tick, wanted, lambda name: slow or name.endswith("100ms")
            ):
                if changes.empty:
                    continue
                if window.depth is None:
                    yield _publication(channel, "diff", market, frames.change(window, changes, tick.time_us))
                else:
                    yield _publication(channel, "book", market, frames.top(window, tick.time_us))

    def restart(self, wanted: Container[str]) -> Iterator[Publication]:
        for channel, window in self._windows.live(wanted):
            text = self._whole(window, window.market.clock_us)
            yield _publication(channel, "snapshot", window.market, text)

    def sequence_of(self, market: VenueMarket) -> int:
        window = self._windows.find(f"book.{market.instrument.symbol}.100ms")
        return market.sequence if window is None else window.sequence

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        known = {429: (10028, "too_many_requests"), 503: (11051, "system_maintenance")}
        code, text = known.get(status, (13028, "temporarily_unavailable"))
        return RestAnswer(status, error_answer(status, code, text).body, headers)

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        """Recorded raw streams are served under the name of the 100 ms ones, which need no login."""
        message = json.loads(text)
        channel = message.get("params", {}).get("channel") if isinstance(message, dict) else None
        if channel is None:
            return None
        name = re.sub(r"\.raw$", ".100ms", channel)
        return name, text.replace(f'"channel":"{channel}"', f'"channel":"{name}"', 1)

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        named = query.get("instrument_name", query.get("currency", ""))
        return path.rpartition("/")[2] + ":" + named.upper()

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("book") else "data"


def _publication(channel: str, kind: str, market: VenueMarket, data: str) -> Publication:
    text = frames.notification(channel, data)
    return Publication(channel, kind, str(market.instrument.pair), lambda _: text)
