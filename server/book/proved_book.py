"""One book that is shown while it is proved and hidden while it is not: applying, proving, showing, withdrawing.

What starts it, follows its stream and doubts it is book_sync.py's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal

from orderbook_ext import BookError, BookLane, BookLock, ConsistencyLock, OrderBook, VenueEntry
from orderbook_ext.lane import EARLIEST_TIME, LATEST_TIME

from ..backoff import Backoff
from ..model import Receipt, Side, VenueState
from ..protocol.sequence import SequenceRule
from ..protocol.venue import BookPlan, Limits
from ..units import SECOND
from .checksum_monitor import ChecksumMonitor, Outcome
from .crossed_monitor import CrossedMonitor
from .depth_reader import Frame, apply_frame, load_frame
from .evidence import BboMonitor, TradeThroughMonitor
from .replay import ReplayedBook
from .status_writer import StatusWriter

CROSSED = "best bid at or above best ask"
LARGEST = 2**63 - 1


class ProvedBook(ABC):
    """The book and its entry. `entry` is where its state, times and levels are read by others."""

    def __init__(
        self,
        venue: str,
        plan: BookPlan,
        limits: Limits,
        lock: BookLock,
        on_change: Callable[[], None],
        consistency_lock: ConsistencyLock | None = None,
    ) -> None:
        self.plan = plan
        self.rule = plan.rule()
        self._limits = limits
        self._lock = lock
        self._consistency = consistency_lock or ConsistencyLock()
        self._writer = StatusWriter(venue, lock, self._consistency, on_change)
        self._book = self.entry.book = self._empty_book()
        self._resync_pauses = Backoff(0.5, 30.0)
        self._joined = False
        self._stale = False
        """Nothing came for too long: only a frame or the venue's own answer proves the book again."""
        self._live_since = 0
        self._refreshed = 0
        self._complaint = ""
        """For the log: what is wrong with the venue's proofs."""
        self._crossing = CrossedMonitor()
        self._checks = ChecksumMonitor(plan.checksum)
        self._touches = BboMonitor()
        self._trades = TradeThroughMonitor()
        self._distrust = ""
        self.lane: BookLane | None = None
        """The way of frames that need no decision; armed while there is nothing else to do for the book."""

    def _halt(self) -> None:
        """Something is done with this book: until settle() frames are decided about one by one."""
        if self.lane is not None:
            self.lane.disarm()

    # -- what the owner reads ------------------------------------------------------------------------------------

    @property
    def entry(self) -> VenueEntry:
        """Where state, times and levels are read by others."""
        return self._writer.entry

    @property
    def state(self) -> VenueState:
        """State of the book."""
        return VenueState(self.entry.state)

    @property
    def live(self) -> bool:
        """Whether the book is proved and may be shown."""
        return self.entry.state == VenueState.LIVE

    @property
    def book(self) -> OrderBook:
        """The levels; meaningful while live."""
        return self._book

    @property
    def distrusted(self) -> bool:
        """Others say that this book cannot be right."""
        return bool(self._distrust)

    def adopt(self, public: VenueEntry) -> None:
        """From now on this book is the one behind `public`; the change is seamless when both are live."""
        self._halt()
        self._writer.adopt(public, self._book)

    def release(self) -> None:
        """Gives the public entry up to a successor; this book goes on privately until its connection closes."""
        self._halt()
        self._writer.release()

    @property
    def _follows(self) -> bool:
        """A book of changes that was joined: evidence counts against it. Whole frames replace what was wrong."""
        return self._joined and not self.rule.whole_frames

    # -- evidence ------------------------------------------------------------------------------------------------

    def checksum(self, value: int, now: int) -> None:
        """The venue sent the checksum of the book as it should be now."""
        self._halt()
        if self._joined and self._compare(self._book, value) is Outcome.MISMATCH:
            self._withdraw(VenueState.CHECKSUM_FAILED, "the venue's checksum does not match", now)

    def checked(self, matches: bool, now: int) -> None:
        """The venue's checksum was compared with what lies behind the levels."""
        self._halt()
        if self._joined and self._note(self._checks.count(matches)) is Outcome.MISMATCH:
            self._withdraw(VenueState.CHECKSUM_FAILED, "the venue's checksum does not match", now)

    def touch(self, bid: Decimal, ask: Decimal, now: int) -> None:
        """The venue's ticker says what the best prices are."""
        if self._follows and self._touches.told(self._book, bid, ask, now):
            self._withdraw(VenueState.SUSPECT, f"the venue's ticker says {bid:f} and {ask:f}", now)

    def traded(self, price: Decimal, side: Side, now: int) -> None:
        """A trade happened; `side` is the aggressor's."""
        if self._follows and (found := self._trades.traded(self._book, price, side, now)):
            self._withdraw(VenueState.SUSPECT, found, now)

    def distrust(self, reason: str, now: int) -> None:
        """Others say that this book cannot be right; it is hidden, and followed, until the reason is empty."""
        self._halt()
        changed, self._distrust = self._distrust != reason, reason
        if changed:
            self._show(now)

    # -- applying and proving ------------------------------------------------------------------------------------

    def _apply(self, frame: Frame, at: Receipt) -> None:
        try:
            if self.rule.whole_frames:
                load_frame(self._book, frame, whole=False)
            else:
                apply_frame(self._book, frame)
        except BookError as error:
            self._unapplied(str(error), at.monotonic)
            return
        self._prove(frame, at, self._checks.matches(self._book, frame.checksum))

    def _prove(self, frame: Frame, at: Receipt, matches: bool | None) -> None:
        """The frame is in the book; `matches` is what the venue's checksum says, None where there is none."""
        if self._note(self._checks.count(matches)) is Outcome.MISMATCH:
            self._withdraw(VenueState.CHECKSUM_FAILED, "the venue's checksum does not match", at.monotonic)
            return
        self._joined, self._stale = True, False
        self._stamp(frame.time, at)
        self._touches.seen(self._book)
        if self._book.crossed():
            self._crossed(at.monotonic)
        elif self.live:
            self._writer.on_change()
        else:
            self._show(at.monotonic)

    def _compare(self, book: OrderBook, expected: int | None) -> Outcome:
        return self._note(self._checks.compare(book, expected))

    def _note(self, outcome: Outcome) -> Outcome:
        if outcome is Outcome.MATCH:
            self.entry.checksums_verified += 1
        elif outcome is not Outcome.NONE:
            self.entry.checksum_failures += 1
        if self.entry.unverified != self._checks.broken:
            self.entry.unverified = self._checks.broken
            self._complaint = self._unverified or "the venue's checksums match again"
        return outcome

    @property
    def _unverified(self) -> str:
        """Why the venue's checksums prove nothing; empty while they do, or where there are none."""
        if not self._checks.broken:
            return ""
        return f"the venue's checksums do not match books built anew: {self._checks.mismatches} failures in a row"

    def _stamp(self, time: int, at: Receipt) -> None:
        exchange_time = time * self.plan.time_unit
        if not EARLIEST_TIME <= exchange_time <= LATEST_TIME:
            exchange_time = 0  # Unknown: a time in another unit says nothing against the levels.
        position = min(max(0, self.rule.position), LARGEST)
        self.entry.stamp(exchange_time, at.time, at.monotonic, position)

    def _crossed(self, now: int) -> None:
        """A crossed book is hidden at once; one that stays crossed is rebuilt."""
        if self._crossing.crossed(now):
            self._withdraw(VenueState.CROSSED, f"{CROSSED} for several updates", now)
        else:
            self._writer.set(VenueState.SUSPECT, CROSSED)

    def _show(self, now: int) -> None:
        """Gives the book the state that all of its proofs together allow. Nothing else makes a book LIVE."""
        if self._stale or not self._joined:
            return  # It is withdrawn; why, its state says.
        if self._book.crossed():
            self._writer.set(VenueState.SUSPECT, CROSSED)
            return
        self._crossing.clear()
        if not self._live_since:
            self._live_since = self._refreshed = now
            self._came_live()
        if self._distrust:
            self._writer.set(VenueState.SUSPECT, self._distrust)
        else:
            self._writer.set(VenueState.LIVE, self._unverified)

    def _replace(self, book: OrderBook, rule: SequenceRule, time: int, at: Receipt) -> None:
        self._book, self.rule = book, rule
        self._joined, self._stale = True, False
        self._refreshed = at.monotonic
        self._touches.clear()
        self.entry.book = book
        self._stamp(time, at)
        if book.crossed():
            self._crossed(at.monotonic)
        else:
            self._show(at.monotonic)
            self._writer.on_change()

    def _mend(self, made: ReplayedBook, now: int) -> None:
        """A right book at the same number as the live one takes its place; times stay as they are."""
        with self._consistency:
            self._book, self.rule = made.book, made.rule
            self._refreshed = now
            self.entry.book = made.book
            self._show(now)

    # -- withdrawing ---------------------------------------------------------------------------------------------

    @abstractmethod
    def _arrange(self, at: int) -> None:
        """Has a new book begun at this time."""

    @abstractmethod
    def _unapplied(self, reason: str, now: int) -> None:
        """A frame was lost to us."""

    @abstractmethod
    def _came_live(self) -> None:
        """The book is live for the first time since it was begun."""

    def _withdraw(self, state: VenueState, reason: str, now: int) -> None:
        """The book is not true any more: hide it first, then arrange a new one."""
        with self._consistency:
            if self._live_since:
                self.entry.resyncs += 1
            self._writer.set(state, reason)
            self._forget()
        self._arrange(now + int(self._pause() * SECOND))

    def _pause(self) -> float:
        """The first rebuild after a healthy spell starts at once; those that follow wait longer and longer."""
        first = self._resync_pauses.attempts == 0
        pause = self._resync_pauses.next()
        return 0.0 if first else pause

    def _forget(self) -> None:
        self._halt()
        self._joined = self._stale = False
        self._live_since = 0
        for watch in (self._crossing, self._touches, self._trades):
            watch.clear()
        self.rule = self.plan.rule()
        self._book = self.entry.book = self._empty_book()

    def _empty_book(self) -> OrderBook:
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
