"""What a venue file must say. It turns bytes into events and events into bytes: no socket, no clock, no sleep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, ClassVar

from orderbook_ext import ChecksumRule, FrameShape

from ..errors import CorruptError, FrameError
from ..model import Instrument, MarketKind, Trade
from .events import Event
from .history import CandleSource, OpenInterest
from .rest_request import RestRequest, decode_json
from .sequence import SequenceRule
from .stream_request import StreamRequest, stream_requests


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
    resubscribe_pause: float = 0.0
    """Seconds between the end of a subscription and its renewal, for venues that mix the two up."""
    request_names: int = 1
    """Streams that one message may begin or end."""
    request_bytes: int = 0
    """Bytes of such a message at most; 0: none are known."""
    refusal: bytes = b""
    """How the body of an answer of status 5xx begins that only refuses a request; others mean trouble at the venue."""


@dataclass(frozen=True, slots=True)
class BookPlan:
    """How the book of one instrument is kept: the stream that carries it, its rule, and where its start comes from."""

    instrument: Instrument
    stream: str
    """The venue's name of the depth stream: subscribed with it."""
    rule: Callable[[], SequenceRule]
    time_unit: int = 1
    """Nanoseconds in one unit of the frame's time."""
    route: str = ""
    """What frames name as their route, if that is not the stream."""
    snapshot: RestRequest | None = None
    """What starts the book, or restarts it; with `in_band` only where the stream brings no snapshot."""
    snapshot_levels: int = 0
    """Levels a side asked for; a side with fewer is known whole. 0: the venue sends all it has."""
    in_band: bool = False
    """The stream begins with a snapshot, and may bring another at any time."""
    first_is_snapshot: bool = False
    """The first frame behind the confirmation of the subscription is the snapshot, though it does not say so."""
    window: int = 0
    """The stream keeps the best so many levels a side, and no others; 0: all."""
    checksum: ChecksumRule | None = None
    """What the frames' checksums, or ChecksumSeen, are computed of."""
    orders: bool = False
    """Rows are single orders: their ids, prices and sizes."""
    audit: RestRequest | None = None
    """The venue's own book, to compare with; `snapshot` serves where this is None."""
    bridge: BookPlan | None = None
    """Whole top-of-book frames that stand in while a snapshot is waited for."""


class TradeIds(Enum):
    """What a venue's trade ids say."""

    CONSECUTIVE = "consecutive"
    """Numbers that rise by one a trade: a jump is a loss."""
    RISING = "rising"
    """Numbers that rise."""
    OPAQUE = "opaque"
    """Names."""


class Venue(ABC):
    """One venue's protocol. Instances are immutable and shared by all of its connections."""

    NAME: ClassVar[str]
    """Name in configuration, quality entries and the registry; the file's name, or begins with it."""
    TITLE: ClassVar[str]
    """Name for people."""
    KIND: ClassVar[MarketKind] = MarketKind.SPOT
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]]
    """Named addresses; the first is the default. None: the venue is gone, and its file is for recordings."""
    MIRRORS: ClassVar[str] = ""
    """The venue whose books these are too, by another protocol: one of the two is enough."""
    LIMITS: ClassVar[Limits]
    DEPTH: ClassVar[FrameShape]
    """How depth frames are written."""
    SNAPSHOT: ClassVar[FrameShape | None] = None
    """How REST books are written, if not as DEPTH says."""
    BOOK_MODES: ClassVar[Sequence[str]] = ("diff", "partial")
    """Ways to keep a book; the first is the default."""
    COUNTED: ClassVar[bool] = False
    """Every message of a connection has a number, one above the one before: depth frames as last_id, others Counted."""
    GREETS: ClassVar[bool] = False
    """The venue says Hello first: nothing is sent before."""
    CONFIRMS: ClassVar[bool] = True
    """Every subscription that the venue accepts is confirmed; False: only its data shows that it was."""
    TRADE_IDS: ClassVar[TradeIds] = TradeIds.RISING
    CANDLES: ClassVar[CandleSource | None] = None
    """Where past candles come from."""

    @abstractmethod
    def discovery(self) -> RestRequest:
        """The request for the venue's list of pairs."""

    @abstractmethod
    def instruments(self, body: bytes) -> list[Instrument]:
        """Reads that list. Raises FrameError."""

    def more_instruments(self, body: bytes) -> RestRequest | None:  # noqa: ARG002
        """The request for the next page behind this one of the list, if there is one."""
        return None

    @abstractmethod
    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        """How to keep a book of which at least so many levels a side are wanted."""

    @abstractmethod
    def trade_stream(self, instrument: Instrument) -> str:
        """The venue's name of the stream of this instrument's trades."""

    def ticker_stream(self, instrument: Instrument) -> str:  # noqa: ARG002
        """The name of a slow stream of its best bid and ask, whose messages mean Touch; empty if there is none."""
        return ""

    def interest_stream(self, instrument: Instrument) -> str:  # noqa: ARG002
        """The name of a stream of its open interest, whose messages mean Interest; empty if there is none."""
        return ""

    def lane(self, stream: str) -> str:  # noqa: ARG002
        """Streams of different lanes need connections of their own."""
        return ""

    def address(self) -> RestRequest | None:
        """The request for the websocket's address, for venues that give out a new one for every connection."""
        return None

    def given_address(self, body: bytes) -> str:
        """The websocket's address from the answer to address(), query included. Raises FrameError."""
        raise NotImplementedError

    @abstractmethod
    def stream_path(self, streams: Sequence[str]) -> str:
        """Path and query below the websocket endpoint for a connection with these streams."""

    def opening(self) -> list[str]:
        """Messages to send before the first subscription."""
        return []

    def subscribe(self, streams: Sequence[str], first: int = 1) -> list[StreamRequest]:
        """Messages that begin these streams, numbered from `first` on: a number comes once on a connection."""
        return self._requests(True, streams, first)

    def unsubscribe(self, streams: Sequence[str], first: int = 1) -> list[StreamRequest]:
        """Messages that end these streams, numbered like the others. Routes that were given out count as streams."""
        return self._requests(False, streams, first)

    @abstractmethod
    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        """The one message that begins or ends these streams, which are of one request_group()."""

    def request_group(self, stream: str) -> str:  # noqa: ARG002
        """What streams have in common that one message may name together."""
        return ""

    def _requests(self, begin: bool, streams: Sequence[str], first: int) -> list[StreamRequest]:
        groups: dict[str, list[str]] = {}
        for stream in streams:
            groups.setdefault(self.request_group(stream), []).append(stream)
        limits = self.LIMITS
        return stream_requests(
            partial(self.request, begin), groups.values(), limits.request_names, limits.request_bytes, first
        )

    @abstractmethod
    def events(self, message: Any) -> Iterable[Event]:
        """The meaning of a decoded message that is no depth frame; none for one that means nothing to us.

        Whatever a malformed message makes it raise becomes a FrameError in read().
        """

    def heartbeat(self) -> str | None:
        """The message to send every LIMITS.heartbeat seconds."""
        return None

    def read(self, frame: bytes) -> Sequence[Event]:
        """Decodes a frame that is no depth frame. Raises FrameError when it is not this venue's protocol."""
        message = decode_json(frame)
        if not isinstance(message, Mapping | list):
            raise CorruptError(f"{self.NAME}: expected a JSON object or array, was {frame[:80]!r}")
        try:
            return tuple(self.events(message))
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"{self.NAME}: {error!r} in {frame[:120]!r}") from error

    # -- past trades and open interest -------------------------------------------------------------------------------

    def past_trades(self, instrument: Instrument, since: Trade | None) -> RestRequest | None:  # noqa: ARG002
        """The request for trades behind `since`, or the newest ones; None if the venue cannot answer that."""
        return None

    def read_past_trades(self, instrument: Instrument, body: bytes) -> list[Trade]:
        """Reads the answer, in any order. Raises FrameError."""
        raise NotImplementedError

    def open_interest(self, instrument: Instrument) -> RestRequest | None:  # noqa: ARG002
        """The request for the open interest of now; None if there is none."""
        return None

    def read_open_interest(self, instrument: Instrument, body: bytes) -> OpenInterest:
        """Reads the answer. Raises FrameError."""
        raise NotImplementedError
