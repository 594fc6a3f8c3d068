"""One book that is shown while it is proved and hidden while it is not: applying, proving, showing, withdrawing."""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookLock, BookStatus, ConsistencyLock, OrderBook
from orderbook_ext.lane import EARLIEST_TIME, LATEST_TIME

from ..model import Receipt, VenueState
from ..protocol.sequence import SequenceRule
from ..protocol.venue import BookPlan
from .crossed_monitor import CROSSED
from .depth_reader import Frame, apply_frame, load_frame
from .monitor import Fault
from .monitors import Monitors
from .replay import ReplayedBook
from .status_writer import StatusWriter

LARGEST = 2**63 - 1
_LIVE = int(VenueState.LIVE)


class ProvedBook:
    """The book, its sequence rule and its status. `entry` is where state, times and levels are read by others.

    Whatever finds the book wrong returns a Fault; the owner withdraws the book and gets a new one. `on_live` is called
    when a book is live for the first time since it was begun. Not thread-safe but for `entry`.
    """

    def __init__(
        self,
        venue: str,
        plan: BookPlan,
        monitors: Monitors,
        lock: BookLock,
        consistency_lock: ConsistencyLock,
        on_change: Callable[[], None],
        on_live: Callable[[], None],
    ) -> None:
        self.plan = plan
        self.rule: SequenceRule = plan.rule()
        self._monitors = monitors
        self._lock = lock
        self._consistency = consistency_lock
        self._writer = StatusWriter(venue, lock, consistency_lock, on_change)
        self._on_live = on_live
        self.book = self.entry.book = self.empty_book()
        """The levels; meaningful while live."""
        self.joined = False
        """The book was begun, and follows its stream."""
        self.stale = False
        """Nothing came for too long: only a frame or the venue's own answer proves the book again."""
        self.live_since = 0
        """Monotonic nanoseconds; 0: the book has not been live yet."""
        self.refreshed = 0
        """Monotonic time of the last snapshot."""
        self.complaint = ""
        """For the log: what is wrong with the venue's proofs, or was found wrong in the book."""
        self._distrust = ""

    # -- what others read ----------------------------------------------------------------------------------------

    @property
    def entry(self) -> BookStatus:
        """Where state, times and levels are read by others."""
        return self._writer.entry

    @property
    def on_change(self) -> Callable[[], None]:
        """Called when others should look at the entry again."""
        return self._writer.on_change

    @property
    def state(self) -> VenueState:
        """State of the book."""
        return VenueState(self.entry.state)

    @property
    def live(self) -> bool:
        """Whether the book is proved and may be shown."""
        return self._writer.entry.state == _LIVE

    @property
    def distrusted(self) -> bool:
        """Other venues say that this book cannot be right."""
        return bool(self._distrust)

    @property
    def settled(self) -> bool:
        """Whether frames in plain order change levels, times and counts alone."""
        return self.joined and not self.stale and self.live and not (self._distrust or self.complaint)

    def adopt(self, public: BookStatus) -> None:
        """From now on this book is the one behind `public`; the change is seamless when both are live."""
        self._writer.adopt(public, self.book)

    def release(self) -> None:
        """Gives the public entry up to a successor; this book goes on privately until its connection closes."""
        self._writer.release()

    def publish(self) -> None:
        """Others should look at the entry again."""
        self._writer.on_change()

    def take_complaint(self) -> str:
        """For the log; handed out once."""
        complaint, self.complaint = self.complaint, ""
        return complaint

    # -- applying and proving ------------------------------------------------------------------------------------

    def apply(self, frame: Frame, at: Receipt) -> Fault | None:
        """Takes a frame and proves the book again. Raises orderbook_ext.BookError, and has changed nothing then."""
        if self.rule.whole_frames:
            load_frame(self.book, frame, whole=False)
        else:
            apply_frame(self.book, frame)
        return self.prove(frame, at, self._monitors.checksum.compare(self.book, frame.checksum))

    def prove(self, frame: Frame, at: Receipt, matches: bool | None) -> Fault | None:
        """The frame is in the book; `matches` is what the venue's checksum says, None where there is none."""
        fault = self.check(self.book, matches)
        if fault is not None:
            return fault
        self.joined, self.stale = True, False
        self._stamp(frame.time, at)
        self._monitors.bbo.see(self.book)
        fault = self._monitors.crossed.judge(self.book, None, at.monotonic)
        if fault is None and self.live and not self.book.crossed():
            self.publish()
        elif fault is None:
            self._show(at.monotonic)
        return fault

    def check(self, book: OrderBook, matches: bool | None) -> Fault | None:
        """Counts a comparison of a checksum where others read it."""
        checksum, entry = self._monitors.checksum, self.entry
        fault = checksum.judge(book, matches, 0)
        if matches is not None:
            entry.checksums_verified += matches
            entry.checksum_failures += not matches
        if entry.unverified != checksum.broken:
            entry.unverified = checksum.broken
            self.complaint = checksum.unverified or "the venue's checksums match again"
        return fault

    def replace(self, made: ReplayedBook) -> Fault | None:
        """A book made of a snapshot takes the place of this one."""
        self.book, self.rule = made.book, made.rule
        self.joined, self.stale = True, False
        self.refreshed = made.at.monotonic
        self._monitors.bbo.restart()
        self.entry.book = made.book
        self._stamp(made.time, made.at)
        fault = self._monitors.crossed.judge(made.book, None, made.at.monotonic)
        if fault is None:
            self._show(made.at.monotonic)
            self.publish()
        return fault

    def mend(self, made: ReplayedBook, now: int) -> None:
        """A right book at the same number as the live one takes its place; times stay as they are."""
        with self._consistency:
            self.book, self.rule = made.book, made.rule
            self.refreshed = now
            self.entry.book = made.book
            self._show(now)

    def _stamp(self, time: int, at: Receipt) -> None:
        exchange_time = time * self.plan.time_unit
        if not EARLIEST_TIME <= exchange_time <= LATEST_TIME:
            exchange_time = 0  # Unknown: a time in another unit says nothing against the levels.
        position = min(max(0, self.rule.position), LARGEST)
        self.entry.stamp(exchange_time, at.time, at.monotonic, position)

    # -- showing and withdrawing ---------------------------------------------------------------------------------

    def _show(self, now: int) -> None:
        """Gives the book the state that all of its proofs together allow. Nothing else makes a book LIVE."""
        if self.stale or not self.joined:
            return  # It is withdrawn; why, its state says.
        if self.book.crossed():  # Hidden at once; the monitor says when that has lasted too long.
            self._writer.set(VenueState.SUSPECT, CROSSED)
            return
        self._monitors.crossed.restart()
        if not self.live_since:
            self.live_since = self.refreshed = now
            self._on_live()
        if self._distrust:
            self._writer.set(VenueState.SUSPECT, self._distrust)
        else:
            self._writer.set(VenueState.LIVE, self._monitors.checksum.unverified)

    def distrust(self, reason: str, now: int) -> None:
        """Other venues say that this book cannot be right; it is hidden, and followed, until the reason is empty."""
        changed, self._distrust = self._distrust != reason, reason
        if changed:
            self._show(now)

    def doubt(self, reason: str) -> None:
        """Nothing came for too long: the book is hidden, and kept until the venue confirms it."""
        self.stale = True
        self._writer.set(VenueState.STALE, reason)

    def confirm(self, now: int) -> None:
        """The venue's own answer says that the silent stream has missed nothing."""
        self.stale = False
        self._show(now)

    def set_state(self, state: VenueState, reason: str) -> None:
        """Says how it stands with a book that is not shown."""
        self._writer.set(state, reason)

    def withdraw(self, state: VenueState, reason: str) -> None:
        """The book is not true any more: it is hidden, and an empty one begins."""
        with self._consistency:
            if self.live_since:
                self.entry.resyncs += 1
            self._writer.set(state, reason)
            self.restart()

    def restart(self) -> None:
        """An empty book begins; its state stays as it is."""
        self.joined = self.stale = False
        self.live_since = 0
        self._monitors.restart()
        self.rule = self.plan.rule()
        self.book = self.entry.book = self.empty_book()

    def empty_book(self) -> OrderBook:
        """A book of the plan's instrument without levels."""
        instrument, window = self.plan.instrument, self.plan.window
        return OrderBook(
            instrument.price_decimals,
            instrument.size_decimals,
            tick=instrument.tick or None,
            depth=window,
            window=window > 0,
            written=self.plan.checksum is not None and self.plan.checksum.written,
            lock=self._lock,
        )
