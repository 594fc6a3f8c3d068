"""What a venue file must say. It turns bytes into events and events into bytes: no socket, no clock, no sleep."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from orderbook_ext import FrameShape

from ..errors import CorruptError, FrameError
from ..model import Instrument, Trade
from .sequence import SequenceRule


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A venue's addresses: scheme, host and port, optionally a path prefix; no trailing slash."""

    ws: str
    rest: str


@dataclass(frozen=True, slots=True)
class Limits:
    """A venue's published rules. Sources and dates are named where a venue file fills this in."""

    rest_weight: int
    """Request weight allowed within `rest_window`."""
    rest_window: float
    """Seconds."""
    streams_per_connection: int
    sends_per_second: float
    """Messages a second that we may send on one connection, control frames included."""
    connects_per_minute: float
    max_age: float
    """Seconds after which the venue closes a connection; we renew before that."""
    used_weight_header: str = ""
    """Response header in which the venue says how much weight was used in the current window."""
    heartbeat: float = 0.0
    """Seconds between heartbeat messages that we send; 0 is none."""
    silence: float = 10.0
    """Seconds without a frame of a book after which it is doubted."""
    dead: float = 60.0
    """Seconds without any frame, control frames included, after which the connection is dead."""
    refresh: float = 0.0
    """Seconds after which a book whose holes cannot be seen is rebuilt; 0 is never."""


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A GET of a path below the REST endpoint, and its weight."""

    path: str
    weight: int = 1
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class BookPlan:
    """How the book of one instrument is kept: the stream that carries it, its rule, and where a snapshot comes from."""

    instrument: Instrument
    stream: str
    """The venue's name of the depth stream: subscribed with it, and frames name it as their route."""
    rule: Callable[[], SequenceRule]
    time_unit: int
    """Nanoseconds in one unit of the frame's time."""
    snapshot: RestRequest | None = None
    snapshot_levels: int = 0
    """Levels a side asked for; a side with fewer is known whole. 0: the venue sends all it has."""


# What a message that is no depth frame can mean.


@dataclass(frozen=True, slots=True)
class TradeEvent:
    """A trade."""

    stream: str
    trade: Trade


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The venue confirms subscriptions (of one stream, or of the last request if empty)."""

    stream: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue says that something we sent was wrong."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReconnectRequest:
    """The venue will close this connection soon and asks us to go elsewhere."""

    reason: str


@dataclass(frozen=True, slots=True)
class Beat:
    """An answer to our heartbeat, or the venue's own."""


Event = TradeEvent | Confirmed | Rejected | ReconnectRequest | Beat


class Venue(ABC):
    """One venue's protocol. Instances are immutable and shared by all of its connections."""

    NAME: ClassVar[str]
    """Name in configuration, quality entries and the registry; equal to the file's name."""
    TITLE: ClassVar[str]
    """Name for people."""
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]]
    """Named addresses; the first is the default."""
    LIMITS: ClassVar[Limits]
    DEPTH: ClassVar[FrameShape]
    """How depth frames and snapshots are written."""
    BOOK_MODES: ClassVar[Sequence[str]] = ("diff", "partial")
    """Ways to keep a book; the first is the default."""

    @abstractmethod
    def discovery(self) -> RestRequest:
        """The request for the venue's list of pairs."""

    @abstractmethod
    def instruments(self, body: bytes) -> list[Instrument]:
        """Reads that list. Raises FrameError."""

    @abstractmethod
    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        """How to keep a book of which at least so many levels a side are wanted."""

    @abstractmethod
    def trade_stream(self, instrument: Instrument) -> str:
        """The venue's name of the stream of this instrument's trades."""

    @abstractmethod
    def stream_path(self, streams: Sequence[str]) -> str:
        """Path and query below the websocket endpoint for a connection with these streams."""

    @abstractmethod
    def subscribe(self, streams: Sequence[str]) -> list[str]:
        """Messages to send after connecting."""

    @abstractmethod
    def unsubscribe(self, streams: Sequence[str]) -> list[str]:
        """Messages that end these streams."""

    @abstractmethod
    def event(self, message: Mapping[str, Any]) -> Event | None:
        """The meaning of a message that is no depth frame; None for one that means nothing to us. Raises FrameError."""

    def heartbeat(self) -> str | None:
        """The message to send every LIMITS.heartbeat seconds."""
        return None

    def read(self, frame: bytes) -> Event | None:
        """Decodes a frame that is no depth frame. Raises FrameError when it is not this venue's protocol."""
        message = decode_json(frame)
        if not isinstance(message, Mapping):
            raise CorruptError(f"{self.NAME}: expected a JSON object, was {frame[:80]!r}")
        try:
            return self.event(message)
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: {error!r} in {frame[:120]!r}") from error


def decode_json(data: bytes) -> Any:
    """JSON from the wire; numbers with a fraction stay text, so that no price passes through a float.

    Raises CorruptError.
    """
    try:
        return json.loads(data, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise CorruptError(f"not JSON: {data[:80]!r}") from error
