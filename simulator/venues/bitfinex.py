"""Bitfinex, websocket v2: channel ids by subscription, numbers over all arrays of a connection, one row a message."""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..exchange import Close, ConnectionRules, Exchange, Publication, RestAnswer, Session
from ..generator import Tick
from ..market import VenueTerms
from ..pacing import due
from ..trade_history import Trade
from ..window import Windows
from . import bitfinex_frames as frames
from .bitfinex_rest import BitfinexRest, limited

TIMESTAMP, SEQ_ALL, OB_CHECKSUM = 32_768, 65_536, 131_072
LENGTHS = ("1", "25", "100", "250")
HEARTBEAT_US = 15_000_000
TRADES_IN_SNAPSHOT = 30
NOTICES = {
    20051: "Stopping. Please try to reconnect",
    20060: "Refreshing data from the Trading Engine. Please pause any activity and resume after receiving 20061",
    20061: "Done Refreshing data from the Trading Engine",
}


@dataclass
class BitfinexSession(Session):
    """A connection: its flags, its channels (stream -> id) and when each last spoke, its number."""

    flags: int = 0
    number: int = 0
    channels: dict[str, int] = field(default_factory=dict)
    spoke: dict[str, int] = field(default_factory=dict)

    def frame(self, stream: str, payload: str, now_us: int) -> str:
        """One array message; its number is taken."""
        text = f"[{self.channels[stream]},{payload}"
        self.spoke[stream] = now_us
        if self.flags & SEQ_ALL:
            self.number += 1
            text += f",{self.number}"
        if self.flags & TIMESTAMP:
            text += f",{now_us // 1000}"
        return text + "]"


class Bitfinex(Exchange):
    """The Bitfinex protocol, version 2."""

    rules = ConnectionRules(connects=20, connects_seconds=60.0, block_seconds=60.0, streams=25)
    per_connection = True
    window = 250
    row = re.compile(r"\[([0-9][0-9.e-]*),[0-9]+,(-?[0-9][0-9.e-]*)")
    checksum = "checksum", re.compile(r'"cs",(-?[0-9]+)')

    def __init__(self, terms: VenueTerms, steps_a_second: int) -> None:
        super().__init__(terms)
        self.api = BitfinexRest(self.instruments)
        self.steps_a_second = steps_a_second
        self._windows = Windows()
        self._steps = 0
        self._last_channel = 16
        self._updates: dict[str, list[Trade]] = {}  # trades whose second message is due with the next step
        self._recorded: dict[int, str] = {}  # channels of a capture
        self._recorded_flags = 0

    # -- connections --------------------------------------------------------------------------------------------

    def open(self, target: str) -> Session | None:
        return BitfinexSession() if urlsplit(target).path.rstrip("/") == "/ws/2" else None

    def greet(self, session: Session) -> list[str | Close]:  # noqa: ARG002
        server = "f3a0a5f6-1b7e-4a5e-9d37-2f1f1f6c1b11"
        return [_event("info", version=2, serverId=server, platform={"status": 1})]

    def receive(self, session: Session, text: str) -> list[str | Close]:
        assert isinstance(session, BitfinexSession)
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return [_error(10000, "event: unknown")]
        event = message.get("event")
        if event == "ping":
            named = {"cid": message["cid"]} if "cid" in message else {}
            return [_event("pong", ts=self.clock() // 1000, **named)]
        if event == "conf":
            return [self._configure(session, message.get("flags", 0))]
        if event == "subscribe":
            return self._subscribe(session, message)
        if event == "unsubscribe":
            return [self._unsubscribe(session, message.get("chanId"))]
        return [_error(10000, "event: unknown")]

    @staticmethod
    def _configure(session: BitfinexSession, flags: Any) -> str:
        if not isinstance(flags, int) or isinstance(flags, bool):
            return _event("conf", status="FAILED", flags=flags)
        session.flags = flags
        return _event("conf", status="OK", flags=flags)

    def _subscribe(self, session: BitfinexSession, message: dict[str, Any]) -> list[str | Close]:
        channel, symbol = message.get("channel"), str(message.get("symbol", message.get("pair", "")))
        repeated = {"subId": message["subId"]} if "subId" in message else {}
        if channel not in ("book", "trades"):
            return [_error(10302, "channel: unknown", channel=channel, **repeated)]
        symbol = symbol if symbol.startswith("t") else "t" + symbol
        named: dict[str, Any] = {"channel": channel, "symbol": symbol}
        if symbol not in self.instruments:
            return [_error(10300, "symbol: invalid", **named, **repeated)]
        if channel == "book":
            named |= {"prec": str(message.get("prec", "P0")), "freq": str(message.get("freq", "F0")),
                      "len": str(message.get("len", "25"))}  # fmt: skip
            for name, known in (("prec", frames.PRECISIONS), ("freq", ("F0", "F1")), ("len", LENGTHS)):
                if named[name] not in known:
                    return [_error(10300, f"{name}: invalid", **named, **repeated)]
        stream = ":".join(named.values())
        if stream in session.streams:
            return [_error(10301, "subscribe: dup", **named, **repeated)]
        if self.rules.streams is not None and len(session.streams) >= self.rules.streams:
            return [_error(10305, "subscribe: limit", **named, **repeated)]
        self._last_channel += 3
        session.streams[stream] = None
        session.channels[stream] = self._last_channel
        session.spoke[stream] = self.clock()
        shown = {"channel": channel, "chanId": self._last_channel, **named, **repeated, "pair": symbol[1:]}
        answer = _event("subscribed", **shown)
        return [answer, *(session.frame(stream, payload, self.clock()) for payload in self._snapshot(stream, symbol))]

    def _snapshot(self, stream: str, symbol: str) -> list[str]:
        market = self.markets.get(symbol)
        if market is None:
            return []
        item = market.instrument
        if stream.startswith("trades"):
            fills = list(market.history.trades)[: -TRADES_IN_SNAPSHOT - 1 : -1]
            return [frames.array(frames.trade(item, fill) for fill in fills)]
        precision, _, length = stream.split(":")[-3:]
        window = self._windows.open(stream, market, int(length), unit=frames.PRECISIONS[precision])
        return [frames.array(frames.rows(item, window.bids, window.asks, precision == "R0"))]

    @staticmethod
    def _unsubscribe(session: BitfinexSession, channel: Any) -> str:
        stream = next((stream for stream, number in session.channels.items() if number == channel), None)
        if stream is None:
            return _error(10400, "unsubscribe: invalid", chanId=channel)
        for known in (session.streams, session.channels, session.spoke):
            known.pop(stream, None)
        return _event("unsubscribed", status="OK", chanId=channel)

    def pulse(self, session: Session, now: float) -> list[str | Close]:  # noqa: ARG002
        assert isinstance(session, BitfinexSession)
        clock = self.clock()
        quiet = [stream for stream, spoke in session.spoke.items() if clock - spoke >= HEARTBEAT_US]
        return [session.frame(stream, '"hb"', clock) for stream in quiet]

    def farewell(self, session: Session, time_us: int) -> str:  # noqa: ARG002
        code = self.notice if self.notice in NOTICES else 20051
        return _event("info", code=code, msg=NOTICES[code])

    # -- channels -----------------------------------------------------------------------------------------------

    def publish(self, ticks: list[Tick], wanted: Container[str]) -> Iterator[Publication]:
        self._steps += 1
        slow = due(self._steps, self.steps_a_second, 2000)
        for tick in ticks:
            yield from self._trades(tick, wanted)
            for stream, window, changes in self._windows.advance(tick, wanted, lambda name: slow or ":F0:" in name):
                if changes.empty:
                    continue
                raw = ":R0:" in stream
                for row in frames.updates(tick.market.instrument, changes, raw):
                    yield _publication(stream, "diff", tick, row)
                yield _publication(stream, "checksum", tick, f'"cs",{frames.checksum(window, raw)}')

    def _trades(self, tick: Tick, wanted: Container[str]) -> Iterator[Publication]:
        item = tick.market.instrument
        stream = f"trades:{item.symbol}"
        before = self._updates.pop(stream, [])
        if stream not in wanted:
            return
        self._updates[stream] = tick.trades
        for kind, fills in (("tu", before), ("te", tick.trades)):
            for fill in fills:
                yield _publication(stream, "trade", tick, f'"{kind}",{frames.trade(item, fill)}')

    def address(self, session: Session, publication: Publication) -> str | None:
        assert isinstance(session, BitfinexSession)
        payload = publication.make(session.variant)
        if publication.stream not in session.channels:
            return None
        if payload.startswith('"cs"') and not session.flags & OB_CHECKSUM:
            return None
        return session.frame(publication.stream, payload, self.clock())

    # -- REST and captures --------------------------------------------------------------------------------------

    def refusal(self, status: int, now: float, retry_after: int | None) -> RestAnswer:  # noqa: ARG002
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        body = limited().body if status == 429 else ["error", 20060 if status == 503 else 10000, "error"]
        return RestAnswer(status, body, headers)

    def recorded_stream(self, address: str, text: str) -> tuple[str, str] | None:  # noqa: ARG002
        """Arrays of the channels that the capture's own subscriptions named, without their numbers and heartbeats."""
        if text.startswith("{"):
            self._note(json.loads(text))
            return None
        head = re.match(r"\[(\d+), ?", text)
        stream = self._recorded.get(int(head[1])) if head else None
        if head is None or stream is None:
            return None
        payload = text[head.end() : -1]
        for flag in (TIMESTAMP, SEQ_ALL):
            payload = payload.rpartition(",")[0] if self._recorded_flags & flag else payload
        return None if payload.startswith('"hb"') else (stream, payload)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("event") == "conf":
            self._recorded_flags = int(message.get("flags", 0))
        elif message.get("event") == "subscribed":
            names = ("channel", "symbol", "prec", "freq", "len")
            self._recorded[message["chanId"]] = ":".join(str(message[name]) for name in names if name in message)

    def rest_key(self, path: str, query: Mapping[str, str]) -> str:
        return ":".join([*path.strip("/").split("/")[1:], query.get("keys", "")])

    def kind_of(self, stream: str) -> str:
        return "diff" if stream.startswith("book") else "data"


def _publication(stream: str, kind: str, tick: Tick, payload: str) -> Publication:
    return Publication(stream, kind, str(tick.market.instrument.pair), lambda _: payload)


def _event(name: str, **body: Any) -> str:
    return json.dumps({"event": name, **body}, separators=(",", ":"))


def _error(code: int, text: str, **body: Any) -> str:
    return _event("error", msg=text, code=code, **body)
