"""What a venue file must say. It turns bytes into events and events into bytes: no socket, no clock, no sleep."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from orderbook_ext import ChecksumRule, FrameShape, TradeDecoder, TradeShape

from ..errors import CorruptError, FrameError
from ..model import Instrument, MarketKind, Side, Trade
from .answers import Answers
from .events import Event, TradeEvent, Unread
from .plausible import checked_event
from .readings import described
from .rest_request import RestRequest, decode_json
from .sequence import SequenceRule
from .stream_request import StreamRequest, stream_requests
from .terms import Endpoint, Limits, TradeIds

__all__ = ["BookPlan", "Endpoint", "Limits", "TradeIds", "Venue"]


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
    rest_snapshot: RestRequest | None = None
    """What starts the book, or restarts it; with `in_band` only where the stream brings no snapshot."""
    snapshot_levels: int = 0
    """Levels a side asked for; a side with fewer is known whole. 0: the venue sends all it has."""
    in_band: bool = False
    """The stream begins with a snapshot, and may bring another at any time."""
    first_is_snapshot: bool = False
    """The first frame behind the confirmation of the subscription is the snapshot, though it does not say so."""
    window: int = 0
    """The stream keeps the best so many levels per side, and no others; 0: all."""
    checksum: ChecksumRule | None = None
    """What the frames' checksums, or ChecksumSeen, are computed of."""
    orders: bool = False
    """Rows are single orders: their ids, prices and sizes."""
    audit: RestRequest | None = None
    """The venue's own book, to compare with; `rest_snapshot` serves where this is None."""
    provisional: BookPlan | None = None
    """Whole top-of-book frames that stand in while a snapshot is waited for."""


class Venue(Answers):
    """One venue's protocol. Instances are immutable and shared by all of its connections."""

    MARKET_KIND: ClassVar[MarketKind] = MarketKind.SPOT
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]]
    """Named addresses; the first is the default. None: the venue is gone, and its file is for recordings."""
    MIRRORS: ClassVar[str] = ""
    """The venue whose books these are too, by another protocol: one of the two is enough."""
    PROVED: ClassVar[bool] = True
    """Whether recordings or live sessions have shown that the file is right; until then it is read only when named."""
    DEPTH: ClassVar[FrameShape]
    """How depth frames are written."""
    REST_DEPTH: ClassVar[FrameShape | None] = None
    """How REST books are written, if not as DEPTH says."""
    TRADES: ClassVar[TradeShape | None] = None
    """How messages of trades are written, where that can be said: what is not so is for events()."""
    BOOK_MODES: ClassVar[Sequence[str]] = ("diff", "partial")
    """Ways to keep a book; the first is the default."""
    COUNTED: ClassVar[bool] = False
    """Every message of a connection has a number, one above the one before: depth frames as last_id, others Counted."""
    GREETS: ClassVar[bool] = False
    """The venue says Hello first: nothing is sent before."""
    CONFIRMS: ClassVar[bool] = True
    """Every subscription that the venue accepts is confirmed; False: only its data shows that it was."""

    # -- streams -----------------------------------------------------------------------------------------------------

    @abstractmethod
    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        """How to keep a book of which at least so many levels per side are wanted."""

    @abstractmethod
    def trade_stream(self, instrument: Instrument) -> str:
        """The venue's name of the stream of this instrument's trades."""

    def ticker_stream(self, instrument: Instrument) -> str:  # noqa: ARG002
        """The name of a slow stream of its best bid and ask, whose messages mean Bbo; empty if there is none."""
        return ""

    def interest_stream(self, instrument: Instrument) -> str:  # noqa: ARG002
        """The name of a stream of its open interest, whose messages mean OpenInterestUpdate; empty if there is none."""
        return ""

    def connection_group(self, stream: str) -> str:  # noqa: ARG002
        """The group of a stream: streams of different groups need connections of their own."""
        return ""

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

        Parts of a message that stand side by side are read with parts(). What is raised ends in read().
        """

    def heartbeat(self) -> str | None:
        """The message to send every LIMITS.heartbeat seconds."""
        return None

    def read(self, frame: bytes) -> Sequence[Event]:
        """Decodes a frame that is no depth frame; what cannot be read beside other parts becomes Unread.

        Trades come in the order in which the venue has them: the session puts them in order.
        Raises FrameError when nothing of it can be read, and CorruptError when it is no JSON.
        """
        message = decode_json(frame)
        if not isinstance(message, Mapping | list):
            raise CorruptError(f"{self.NAME}: expected a JSON object or array, was {frame[:80]!r}")
        found: list[Event] = []
        try:
            for event in self.events(message):
                found.append(self._checked(event))  # noqa: PERF401 - what was read before an error counts
        except Exception as error:  # The boundary: whatever a message provokes is that message's trouble.
            reason = f"{self.NAME}: {described(error)} in {frame[:120]!r}"
            if not found:
                raise FrameError(reason) from error
            found.append(Unread(reason))
        return tuple(found)

    def trade_decoder(self) -> TradeDecoder | None:
        """Reads messages of trades as read() does, and leaves all others; one connection's. None: there is none."""
        if self.TRADES is None:
            return None
        return TradeDecoder(self.TRADES, Trade, TradeEvent, (Side.BUY, Side.SELL), numbered=self.numbered)

    def parts(self, stream: str, rows: Any, read: Callable[[Any], Event | None]) -> Iterator[Event]:
        """The meaning of each of some rows of a message, which belong to this stream or route.

        One that cannot be read becomes Unread; None leaves out what means nothing to us.
        """
        if not isinstance(rows, list):
            yield Unread(f"{self.NAME}: {rows!r:.80} is no list", stream)
            return
        for row in rows:
            yield from self.part(stream, row, read)

    def part(self, stream: str, row: Any, read: Callable[[Any], Event | None]) -> Iterator[Event]:
        """As parts(), of a single row."""
        try:
            event = read(row)
            if event is not None:
                yield event
        except Exception as error:  # The boundary, as in read().
            yield Unread(f"{self.NAME}: {described(error)} in {row!r:.120}", stream)

    def _checked(self, event: Event) -> Event:
        try:
            return checked_event(event, numbered=self.numbered)
        except Exception as error:  # The boundary, as in read(): the other events of the message stay.
            named = getattr(event, "stream", "") or getattr(event, "route", "")
            return Unread(f"{self.NAME}: {described(error)}", named if isinstance(named, str) else "")
