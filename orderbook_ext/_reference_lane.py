"""The fast lane in plain Python: the same decisions as lane.h and sequence.h, frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ._reference_book import BookLock, OrderBook
from ._reference_book_status import BookStatus
from ._reference_scan import FrameDecoder
from ._reference_shared import AwaitedPrices, ConsistencyLock, MessageNumbers, SequenceState, StreamPace
from .checksum import ChecksumRule
from .lane import EARLIEST_TIME, LATEST_TIME, SEQUENCES, STATE_LIVE
from .model import BookError

# What became of a frame.
LEFT, TAKEN, REPEATED, PROVED = range(4)

Numbers = tuple[int, int] | None
"""What a rule remembers after a frame; None: the frame is not for the lane."""


class _Repeated(Exception):
    """The frame says nothing new."""


def _range(now: SequenceState, frame: FrameDecoder) -> Numbers:
    follows = 0 <= frame.first_id <= frame.last_id and frame.last_id > now.position
    return (frame.last_id, now.other) if follows and frame.first_id - 1 <= now.position else None


def _counter(now: SequenceState, frame: FrameDecoder) -> Numbers:
    return None if frame.last_id == 1 else _range(now, frame)


def _link(now: SequenceState, frame: FrameDecoder) -> Numbers:
    if now.position < 0 and frame.last_id < 0:
        return now.position, now.other
    linked = frame.last_id >= 0 and frame.previous_id >= 0 and frame.first_id <= frame.last_id
    return (frame.last_id, 0) if linked and frame.previous_id == now.position else None


def _plain(now: SequenceState, frame: FrameDecoder) -> Numbers:
    if 0 <= frame.last_id < now.position or 0 <= frame.time < now.other:
        return None
    return max(now.position, frame.last_id), max(now.other, frame.time)


def _rising(now: SequenceState, frame: FrameDecoder) -> Numbers:
    rises = frame.last_id >= 0 and frame.last_id >= now.other and frame.last_id > now.position
    return (frame.last_id, frame.last_id) if rises else None


def _stateless(now: SequenceState, frame: FrameDecoder) -> Numbers:
    if frame.last_id == now.position >= 0:
        raise _Repeated
    return (frame.last_id, -1) if frame.last_id < 0 or frame.last_id > now.position else None


_STEPS: tuple[Callable[[SequenceState, FrameDecoder], Numbers], ...] = (
    _range, _counter, _link, _plain, _rising, _stateless,
)  # fmt: skip


class _Way(NamedTuple):
    """Where the frames of an armed lane go."""

    book: OrderBook
    entry: BookStatus
    sequence: SequenceState
    on_change: Callable[[], object]


class BookLane:
    """The fast lane of one book; see the interface in _book.pyi."""

    def __init__(
        self,
        owner: Any,
        gate: ConsistencyLock,
        lock: BookLock,
        pace: StreamPace,
        awaited: AwaitedPrices,
        *,
        kind: str,
        time_unit: int = 1,
        whole_frames: bool = False,
        checksum: ChecksumRule | None = None,
    ) -> None:
        self.owner = owner
        self._gate = gate
        self._lock = lock
        self._pace = pace
        self._awaited = awaited
        self._step = _STEPS[SEQUENCES.index(kind)]
        self._time_unit = time_unit
        self._whole_frames = whole_frames
        self._checksum = checksum
        self._way: _Way | None = None

    @property
    def armed(self) -> bool:
        return self._way is not None

    def arm(self, book: OrderBook, entry: BookStatus, sequence: SequenceState, on_change: Callable[[], object]) -> None:
        if book.lock is not self._lock or entry.lock is not self._lock:
            raise ValueError("the book and its entry have another lock than the lane")
        self._way = _Way(book, entry, sequence, on_change)

    def disarm(self) -> None:
        self._way = None

    @property
    def _book(self) -> OrderBook:
        """That of an armed lane."""
        assert self._way is not None
        return self._way.book

    def _take(self, frame: FrameDecoder, received: int, monotonic: int) -> tuple[bool | None, int]:
        """Gives the frame to the book; the consistency lock is held.

        Returns whether the venue's checksum matches (None: there is none), and what became of the frame.
        """
        way = self._way
        if way is None or frame.snapshot or way.entry.state != STATE_LIVE:
            return None, LEFT
        try:
            next_ = self._step(way.sequence, frame)
        except _Repeated:
            self._pace.heard(monotonic)
            return None, REPEATED
        if next_ is None or not self._change(way.book, frame):
            return None, LEFT
        self._pace.heard(monotonic)
        way.sequence.position, way.sequence.other = next_
        matches = self._matches(way.book, frame.checksum)
        if matches is False or way.book.crossed():
            return matches, PROVED
        way.entry.checksums_verified += matches is True
        way.entry.stamp(self._time(frame.time), received, monotonic, max(0, way.sequence.position))
        self._awaited.seen(way.book)
        return matches, TAKEN

    def _change(self, book: OrderBook, frame: FrameDecoder) -> bool:
        try:
            if self._whole_frames:
                book.load_scanned(frame)
            else:
                book.apply_scanned(frame)
        except BookError:
            return False
        return True

    def _matches(self, book: OrderBook, expected: int | None) -> bool | None:
        if self._checksum is None or not expected:
            return None
        return book.checksum(self._checksum) == expected

    def _time(self, time: int) -> int:
        nanos = time * self._time_unit
        return nanos if EARLIEST_TIME <= nanos <= LATEST_TIME else 0

    def _tell(self) -> None:
        """Says that the book has changed."""
        if self._way is not None:
            self._way.on_change()


class FrameLane:
    """The fast lane of a connection; see the interface in _book.pyi."""

    def __init__(
        self,
        decoder: FrameDecoder,
        lock: ConsistencyLock,
        otherwise: Callable[[Any, Any, Exception | None], Any],
        numbers: MessageNumbers | None = None,
    ) -> None:
        self._decoder = decoder
        self._lock = lock
        self._otherwise = otherwise
        self._numbers = numbers
        self._routes: dict[str, BookLane] = {}
        self.book: BookLane | None = None
        self.taken = self.left = 0
        self.trades: Any = None
        self.tap: Callable[[Any, Any], object] | None = None

    def bind(self, book: BookLane) -> None:
        if self._decoder.valid:
            self._routes[self._decoder.route] = book

    def forget(self) -> None:
        self._routes = {}
        self.book = None
        if self.trades is not None:
            self.trades.forget()

    def receive(self, data: bytes | bytearray | memoryview, at: tuple[int, int], /) -> Any:
        received, monotonic = at
        with self._lock:
            if self.tap is not None:
                self.tap(data, at)
            try:
                done = self._take(data, received, monotonic)
                if not done and self.trades is not None and not self._decoder.valid:
                    effects = self.trades._read(data, monotonic)
                    if effects is not None:
                        return effects
            except Exception as error:  # Of the owner, or of the listener of changes: the caller decides.
                return self._otherwise(data, at, error)
            return () if done else self._otherwise(data, at, None)

    def _take(self, data: bytes | bytearray | memoryview, received: int, monotonic: int) -> bool:
        """Whether there is nothing left to decide."""
        outcome = self._offer(data, received, monotonic)
        self.left += outcome == LEFT
        return outcome in (TAKEN, REPEATED)

    def _offer(self, data: bytes | bytearray | memoryview, received: int, monotonic: int) -> int:
        """What became of a message. LEFT: nothing has changed, and nothing was counted."""
        frame, numbers = self._decoder, self._numbers
        self.book = None
        book = self._routes.get(frame.route) if frame.scan(data) else None
        outcome = LEFT
        if book is not None and book.armed and (numbers is None or numbers._continues(frame.last_id)):
            outcome = self._give(book, received, monotonic)
        if outcome == TAKEN and book is not None:
            book._tell()
        return outcome

    def _give(self, book: BookLane, received: int, monotonic: int) -> int:
        frame = self._decoder
        with book._gate:
            matches, outcome = book._take(frame, received, monotonic)
            if outcome == LEFT:
                return outcome
            self.taken += 1
            self.book = book
            if self._numbers is not None:
                self._numbers._take(frame.last_id)
            if outcome == PROVED:
                book.disarm()
                book.owner.prove(frame, received, monotonic, matches)
        return outcome
