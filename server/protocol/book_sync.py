"""How the book of one instrument on one connection becomes true, stays true, and is withdrawn when it is not.

    CONNECTING ──opened──▶ SYNCING ──snapshot joined──▶ LIVE ◀──proved unchanged── STALE
                              ▲                          │ gap, crossed, unreadable, silent
                              └──────── buffer ◀─────────┘ (withdrawn first, then rebuilt)

A pure state machine: frames, snapshots and the time come in by calls; snapshot and resubscription wishes are read by
the owner after each call. Not thread-safe: the session's lock guards it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from orderbook_ext import BookError, BookLock, OrderBook, VenueEntry

from ..errors import FrameError
from ..model import Receipt, VenueState
from .backoff import Backoff
from .cross_watch import CrossWatch
from .depth_reader import DepthReader, Frame, apply_frame, level_counts, load_frame, same_levels
from .entry_writer import EntryWriter
from .held_frames import HeldFrames, HeldGap
from .sequence import SequenceRule, Verdict
from .silence import Silence
from .snapshot_timer import NEVER, SnapshotTimer
from .venue import BookPlan, Limits
from .wishes import NOTHING, Wishes

SECOND = 1_000_000_000
# Levels a side that a snapshot must share with the book to confirm it.
CONFIRM_LEVELS = 50
# A snapshot is asked for without a buffered frame when the stream stays quiet this long after opening.
SETTLE = 2 * SECOND
# A snapshot may be ahead of its stream, but not by more; else the venue's numbers began anew, and nothing moves.
BEHIND = 3 * SECOND
# After so long without trouble the next rebuild starts without a pause.
HEALTHY_SPELL = 10 * SECOND


class BookSync:
    """Keeps one book. `entry` is where its state, times and levels are read by others."""

    def __init__(
        self,
        venue: str,
        plan: BookPlan,
        limits: Limits,
        lock: BookLock,
        on_change: Callable[[], None],
        gate: AbstractContextManager[object] | None = None,
    ) -> None:
        self.plan = plan
        self.subscription = 0
        """Changes with every opening and closing: answers asked for by an earlier subscription do not count."""
        self.rule = plan.rule()
        self._limits = limits
        self._lock = lock
        self._gate = gate or threading.RLock()
        self._writer = EntryWriter(venue, lock, self._gate, on_change)
        self._book = self.entry.book = self._empty_book()
        self._resync_pauses = Backoff(0.5, 30.0)
        self._timer = SnapshotTimer()
        # Frames that a snapshot must be joined to: all of them while syncing, a copy of them while refreshing.
        self._held = HeldFrames()
        self._joined = False
        self._refreshing = False
        self._resubscribe = False
        self._reconnect = ""
        self._silence = Silence(limits.silence)
        self._live_since = 0
        self._refreshed = 0
        self._crossing = CrossWatch()
        self._behind_since = 0
        # The stream was seen to say nothing while the venue's book moved: only a frame brings the book back.
        self._mute = False
        # Number of a snapshot that the stream never reached: a cache may serve it again.
        self._refused = -1

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

    def take_wishes(self, now: int) -> Wishes:
        """What is needed now (monotonic nanoseconds); each wish is handed out once."""
        snapshot = self._timer.take(now)
        if not (snapshot or self._resubscribe or self._reconnect):
            return NOTHING
        wishes = Wishes(snapshot, self._resubscribe, self._reconnect)
        self._resubscribe, self._reconnect = False, ""
        return wishes

    def adopt(self, public: VenueEntry) -> None:
        """From now on this book is the one behind `public`; the change is seamless when both are live."""
        self._writer.adopt(public, self._book)

    def release(self) -> None:
        """Gives the public entry up to a successor; this book goes on privately until its connection closes."""
        self._writer.release()

    # -- what happens --------------------------------------------------------------------------------------------

    def opened(self, now: int) -> None:
        """The stream is subscribed."""
        self.subscription += 1
        self._refused = -1
        self._silence.heard(now)
        self._forget()
        self._timer.pending = False
        self._writer.set(VenueState.SYNCING, "waiting for the first update")
        if self.rule.needs_snapshot:
            self._timer.settle(now, NEVER if self._mute else now + SETTLE)

    def closed(self, state: VenueState, reason: str) -> None:
        """The connection is gone."""
        self.subscription += 1
        with self._gate:
            if self._live_since:
                self.entry.resyncs += 1
            self._writer.set(state, reason)
            self._forget()
        self._timer.pending = False

    def frame(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """A depth frame of this instrument arrived."""
        self._silence.heard(at.monotonic)
        if self._joined or self.rule.whole_frames:
            self._follow(frame, data, at)
        else:
            self._hold(frame, data, at)

    def unreadable(self, reason: str, now: int) -> None:
        """A frame that may have been this book's could not be read."""
        if self._joined:
            self._unapplied(reason, now)
        elif not self.rule.whole_frames:
            self._hold_anew(now)
        # A book whose frames are whole is made good by the next one.

    def snapshot(self, reader: DepthReader, body: bytes, at: Receipt) -> None:
        """The snapshot asked for arrived."""
        self._timer.pending = False
        try:
            frame = reader.read(body)
            if frame is None or frame.last_id < 0:
                raise FrameError(f"the snapshot could not be read: {body[:80]!r}")
            self._take_snapshot(reader, frame, at)
        except (FrameError, BookError) as error:
            self._hold_anew(at.monotonic)
            self._retry_snapshot(str(error), at.monotonic)

    def snapshot_failed(self, reason: str, now: int, retry_after: float = 0.0) -> None:
        """The snapshot asked for cannot be had now."""
        self._timer.pending = False
        self._retry_snapshot(reason, now, retry_after)

    def tick(self, now: int) -> None:
        """Time passes (monotonic nanoseconds)."""
        if self.live:
            self._tick_live(now)
        elif self.state is VenueState.SUSPECT and self._crossing.lasts(now):
            self._withdraw(VenueState.CROSSED, "best bid at or above best ask for a second", now)
        elif self.state in _REBUILDING and self._silence.lasts(now, times=2):
            self._silence.lengthen(now)
            self._reconnect = "no update, though subscribed"

    # -- following a joined stream -------------------------------------------------------------------------------

    def _follow(self, frame: Frame, data: bytes, at: Receipt) -> None:
        if self.entry.state == VenueState.STALE and not self.rule.sees_holes:
            self._withdraw(
                VenueState.STALE, "updates came again after a silence that may have hidden some", at.monotonic
            )
            self._hold(frame, data, at)
            return
        verdict = self.rule.check(frame)
        if verdict is Verdict.APPLY:
            self._behind_since = 0
            if self._refreshing:
                self._held.add(frame, data, at)
            with self._gate:
                self._apply(frame, at)
        elif verdict is Verdict.GAP:
            self.entry.gaps += 1
            found = frame.first_id if frame.first_id >= 0 else frame.last_id
            self._withdraw(VenueState.GAP, f"after update {self.rule.position} came {found}", at.monotonic)
            self._hold(frame, data, at)
        elif not self.rule.whole_frames and frame.last_id < self.rule.position:
            self._behind(frame, data, at)

    def _behind(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """Only old updates arrive. For a moment after a snapshot that is normal."""
        self._behind_since = self._behind_since or at.monotonic
        if at.monotonic - self._behind_since > BEHIND:
            reason = f"updates stay behind the book: it has {self.rule.position}, was {frame.last_id}"
            self._refused = self.rule.position
            self._withdraw(VenueState.GAP, reason, at.monotonic)
            self._hold(frame, data, at)

    def _apply(self, frame: Frame, at: Receipt) -> None:
        try:
            if self.rule.whole_frames:
                load_frame(self._book, frame, whole=False)
            else:
                apply_frame(self._book, frame)
        except BookError as error:
            self._unapplied(str(error), at.monotonic)
            return
        self._stamp(frame.time, at)
        if self._book.crossed():
            self._crossed(at.monotonic)
        elif self.live:
            self._writer.on_change()
        else:
            self._go_live(at.monotonic)

    def _stamp(self, time: int, at: Receipt) -> None:
        self.entry.stamp(max(0, time) * self.plan.time_unit, at.time, at.monotonic, max(0, self.rule.position))

    def _crossed(self, now: int) -> None:
        """A crossed book is hidden at once; one that stays crossed is rebuilt."""
        if self._crossing.crossed(now):
            self._withdraw(VenueState.CROSSED, "best bid at or above best ask for several updates", now)
        else:
            self._writer.set(VenueState.SUSPECT, "best bid at or above best ask")

    def _go_live(self, now: int) -> None:
        self._crossing.clear()
        if not self._live_since:
            self._live_since = self._refreshed = now
            self._timer.joined()
        self._writer.set(VenueState.LIVE, "")

    # -- joining a snapshot --------------------------------------------------------------------------------------

    def _hold(self, frame: Frame, data: bytes, at: Receipt) -> None:
        self._mute = False
        self._held.add(frame, data, at)
        self._timer.frame_held(at.monotonic)

    def _hold_anew(self, now: int) -> None:
        """What is held has a hole: only a snapshot of later than now can join."""
        self._held.clear()
        if self.rule.needs_snapshot and not self._joined and self._timer.idle:
            self._timer.ask(now)

    def _take_snapshot(self, reader: DepthReader, snapshot: Frame, at: Receipt) -> None:
        if self._joined and not self._refreshing:
            self._confirm(snapshot, at)
        elif self.rule.joins(snapshot, self._held.first) and snapshot.last_id != self._refused:
            self._rebuild(reader, snapshot, at)
        else:
            self._retry_snapshot("the snapshot is older than the stream", at.monotonic)

    def _rebuild(self, reader: DepthReader, snapshot: Frame, at: Receipt) -> None:
        """A new book from the snapshot and the held frames; it replaces the old one only when all of it is in."""
        book, rule = self._empty_book(), self.plan.rule()
        limit, rows = self.plan.snapshot_levels, max(level_counts(snapshot))
        load_frame(book, snapshot, whole=limit == 0 or rows < limit)
        rule.begin(snapshot)
        newest = (snapshot.time, at)

        def apply(frame: Frame, held_at: Receipt) -> None:
            nonlocal newest
            apply_frame(book, frame)
            newest = (frame.time, held_at)

        try:
            self._held.replay(reader, rule, apply)
        except HeldGap as gap:
            self.entry.gaps += 1
            self._retry_snapshot(str(gap), at.monotonic)
        else:
            with self._gate:
                self._replace(book, rule, *newest)

    def _replace(self, book: OrderBook, rule: SequenceRule, time: int, at: Receipt) -> None:
        self._book, self.rule = book, rule
        self._joined, self._refreshing = True, False
        self._refreshed = at.monotonic
        self.entry.book = book
        self._stamp(time, at)
        if book.crossed():
            self._crossed(at.monotonic)
        else:
            self._go_live(at.monotonic)
            self._writer.on_change()

    # -- doubt ---------------------------------------------------------------------------------------------------

    def _tick_live(self, now: int) -> None:
        if self._silence.lasts(now):
            self._doubt(now)
            return
        if self._resync_pauses.attempts and now - self._live_since > HEALTHY_SPELL:
            self._resync_pauses.reset()
        due = self._limits.refresh and now - self._refreshed > self._limits.refresh * SECOND
        if due and self.rule.needs_snapshot and not self._refreshing:
            self._refreshing = True
            self._held.clear()
            self._timer.ask(now)

    def _doubt(self, now: int) -> None:
        """Nothing came for too long: hide the book until the venue confirms it."""
        reason = f"no update for {self._silence.seconds(now):.0f} s"
        if self.rule.needs_snapshot:
            self._refreshing = False
            self._writer.set(VenueState.STALE, reason)
            self._timer.ask(now)
        else:
            self._withdraw(VenueState.STALE, reason, now)
            self._resubscribe = True

    def _confirm(self, snapshot: Frame, at: Receipt) -> None:
        """A snapshot of a silent book: it has missed nothing, or its stream is dead."""
        if self.live:
            return  # The stream spoke while the snapshot was under way.
        if self.rule.unchanged(snapshot) or self._same_levels(snapshot):
            self._silence.lengthen(at.monotonic)
            self._go_live(at.monotonic)
        else:
            self._withdraw(VenueState.STALE, "the stream stopped while the venue's book moved on", at.monotonic)
            self._mute = self._resubscribe = True
            self._timer.cancel()

    def _same_levels(self, snapshot: Frame) -> bool:
        other = self._empty_book()
        load_frame(other, snapshot, whole=False)
        return same_levels(other, self._book, CONFIRM_LEVELS)

    # -- withdrawing ---------------------------------------------------------------------------------------------

    def _withdraw(self, state: VenueState, reason: str, now: int) -> None:
        """The book is not true any more: hide it first, then arrange a new one."""
        with self._gate:
            if self._live_since:
                self.entry.resyncs += 1
            self._writer.set(state, reason)
            self._forget()
        if self.rule.needs_snapshot:
            self._timer.ask(now + int(self._pause() * SECOND))

    def _unapplied(self, reason: str, now: int) -> None:
        """A frame was lost to us. Only the next one shows how new a snapshot must be to contain it."""
        self._withdraw(VenueState.SUSPECT, reason, now)
        if self._timer.due is not None:
            self._timer.settle(self._timer.due, max(self._timer.due, now + SETTLE))

    def _pause(self) -> float:
        """The first rebuild after a healthy spell starts at once; those that follow wait longer and longer."""
        first = self._resync_pauses.attempts == 0
        pause = self._resync_pauses.next()
        return 0.0 if first else pause

    def _retry_snapshot(self, reason: str, now: int, retry_after: float = 0.0) -> None:
        if not self.live:
            self.entry.detail = reason
        self._timer.retry(now, retry_after)

    def _forget(self) -> None:
        self._joined = self._refreshing = False
        self._held.clear()
        self._timer.cancel()
        self._live_since = self._behind_since = 0
        self._crossing.clear()
        self.rule = self.plan.rule()
        self._book = self.entry.book = self._empty_book()

    def _empty_book(self) -> OrderBook:
        instrument = self.plan.instrument
        return OrderBook(
            instrument.price_decimals, instrument.size_decimals, tick=instrument.tick or None, lock=self._lock
        )


_REBUILDING = frozenset({VenueState.SYNCING, VenueState.STALE, VenueState.GAP, VenueState.CROSSED, VenueState.SUSPECT})
