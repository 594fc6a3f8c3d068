"""How the book of one instrument on one connection becomes true, stays true, and is withdrawn when it is not.

    CONNECTING ──opened──▶ SYNCING ──snapshot joined──▶ LIVE ◀──proved unchanged── STALE
                              ▲                          │ gap, checksum, crossed, unreadable, silent, contradicted
                              └── buffer, or resubscribe ◀┘ (withdrawn first, then rebuilt)

A pure state machine: frames, snapshots and the time come in by calls; snapshot and resubscription wishes are read by
the owner after each call. Not thread-safe: the session's lock guards it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

from orderbook_ext import BookError, BookLock, OrderBook, VenueEntry

from ..errors import FrameError
from ..model import Receipt, VenueState
from .auditor import Auditor
from .backoff import Backoff
from .checksum_watch import ChecksumWatch, Outcome
from .cross_watch import CrossWatch
from .depth_reader import DepthReader, Frame, apply_frame, level_values, load_frame
from .doubts import TouchWatch, TradeWatch
from .entry_writer import EntryWriter
from .held_frames import HeldFrames, HeldGap
from .rebuild import rebuild
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
# How often the known depth is looked at, and the least time between two snapshots for its sake.
DEPTH_CHECK = SECOND
DEEPEN_PAUSE = 10 * SECOND
# Attempts to get a book by subscribing again before the whole connection is opened anew.
RESUBSCRIPTIONS = 2


class BookSync:
    """Keeps one book. `entry` is where its state, times and levels are read by others.

    `wanted` is how many levels a side should be known; `audit_every` is in seconds, 0 is never.
    """

    def __init__(
        self,
        venue: str,
        plan: BookPlan,
        limits: Limits,
        lock: BookLock,
        on_change: Callable[[], None],
        gate: AbstractContextManager[object] | None = None,
        *,
        wanted: int = 0,
        audit_every: float = 0.0,
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
        self._rest_start = plan.snapshot is not None and not plan.in_band
        self._resync_pauses = Backoff(0.5, 30.0)
        self._timer = SnapshotTimer()
        # Frames that a snapshot must be joined to: all of them while syncing, a copy of them while refreshing.
        self._held = HeldFrames()
        self._joined = False
        self._confirmed = False
        self._refreshing = False
        self._resubscribe_at: int | None = None
        self._resubscriptions = 0
        self._reconnect = ""
        self._silence = Silence(limits.silence)
        self._live_since = 0
        self._refreshed = 0
        self._depth_checked = 0
        self._wanted = min(wanted, plan.snapshot_levels or wanted)
        self._crossing = CrossWatch()
        self._checks = ChecksumWatch(plan.checksum)
        self._touches = TouchWatch()
        self._trades = TradeWatch()
        self._auditor = Auditor(audit_every, joins=self._rest_start)
        self._distrust = ""
        self._behind_since = 0
        # The stream was seen to say nothing while the venue's book moved: only a frame brings the book back.
        self._mute = False
        # What an in-band book held when it fell silent: if it comes back the same it was only quiet.
        self._quiet: object = None
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
        snapshot, audit = self._timer.take(now), self._auditor.take()
        resubscribe = self._resubscribe_at is not None and now >= self._resubscribe_at
        if not (snapshot or resubscribe or self._reconnect or audit):
            return NOTHING
        wishes = Wishes(snapshot, resubscribe, self._reconnect, audit, quiet=self._refreshing)
        self._reconnect = ""
        if resubscribe:
            self._resubscribe_at = None
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
        self._silence.begin(now)
        self._forget()
        self._timer.pending = False
        self._resubscribe_at = None
        self._writer.set(VenueState.SYNCING, "waiting for the first update")
        if self._rest_start:
            self._timer.settle(now, NEVER if self._mute else now + SETTLE)

    def confirmed(self) -> None:
        """The venue has confirmed the subscription: what comes now belongs to it."""
        self._confirmed = True

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
        if frame.snapshot or (self.plan.first_is_snapshot and self._confirmed and not self._joined):
            self._start(frame, at)
        elif self._joined or self.rule.whole_frames:
            self._follow(frame, data, at)
        elif self.plan.snapshot is not None:
            self._hold(frame, data, at)
        # Else it changes a book whose snapshot has yet to come.

    def unreadable(self, reason: str, now: int) -> None:
        """A frame that may have been this book's could not be read."""
        if self._joined:
            self._unapplied(reason, now)
        elif not self.rule.whole_frames:
            self._hold_anew(now)
        # A book whose frames are whole is made good by the next one.

    def checksum(self, value: int, now: int) -> None:
        """The venue sent the checksum of the book as it should be now."""
        if self._joined and self._compare(self._book, value) is Outcome.MISMATCH:
            self._withdraw(VenueState.CHECKSUM_FAILED, "the venue's checksum does not match", now)

    def lost(self, state: VenueState, reason: str, now: int) -> None:
        """Something that concerns this book is known to be missing, or the owner wants it built anew."""
        if state is VenueState.GAP:
            self.entry.gaps += 1
        self._withdraw(state, reason, now)

    def touch(self, bid: Decimal, ask: Decimal, now: int) -> None:
        """The venue's ticker says what the best prices are."""
        if self._joined and self._touches.told(self._book, bid, ask, now):
            self._withdraw(VenueState.SUSPECT, f"the venue's ticker says {bid:f} and {ask:f}", now)

    def traded(self, price: Decimal, now: int) -> None:
        """A trade happened."""
        if self._joined and self._trades.traded(self._book, price, now):
            self._withdraw(VenueState.SUSPECT, f"trades at {price:f} are far outside the touch", now)

    def distrust(self, reason: str) -> None:
        """Others say that this book cannot be right; it is hidden, and followed, until the reason is empty."""
        changed, self._distrust = self._distrust != reason, reason
        if not changed or not self._joined or self._crossing.counts:
            return
        if reason and self.live:
            self._writer.set(VenueState.SUSPECT, reason)
        elif not reason and self.state is VenueState.SUSPECT:
            self._writer.set(VenueState.LIVE, "")

    def snapshot(self, reader: DepthReader, frames: DepthReader, body: bytes, at: Receipt) -> None:
        """The snapshot asked for arrived; `reader` reads it, `frames` the held frames."""
        self._timer.pending = False
        try:
            frame = reader.read(body)
            if frame is None or max(frame.last_id, frame.time) < 0:
                raise FrameError(f"the snapshot could not be read: {body[:80]!r}")
            self._take_snapshot(reader, frames, frame, at)
        except (FrameError, BookError) as error:
            self._hold_anew(at.monotonic)
            self._retry_snapshot(str(error), at.monotonic)

    def snapshot_failed(self, reason: str, now: int, retry_after: float = 0.0) -> None:
        """The snapshot asked for cannot be had now."""
        self._timer.pending = False
        if self._auditor.running:
            self._end_audit(now)
        else:
            self._retry_snapshot(reason, now, retry_after)

    def audited(self, reader: DepthReader, body: bytes, now: int) -> None:
        """The venue's own book for an audit arrived."""
        if not self.live or not self._auditor.running:
            self._auditor.end(now)
            return
        other = self._empty_book()
        try:
            frame = reader.read(body)
            if frame is None:
                raise FrameError(f"the venue's book could not be read: {body[:80]!r}")
            load_frame(other, frame, whole=False)
        except (FrameError, BookError) as error:
            self.entry.detail = f"audit: {error}"
            self._auditor.end(now)
            return
        self._judge(other, now)

    def audit_failed(self, now: int) -> None:
        """The venue's own book cannot be had now; the next turn tries again."""
        self._auditor.end(now)

    def tick(self, now: int) -> None:
        """Time passes (monotonic nanoseconds)."""
        if self.live:
            self._tick_live(now)
        elif self.state is VenueState.SUSPECT and self._crossing.lasts(now):
            self._withdraw(VenueState.CROSSED, "best bid at or above best ask for a second", now)
        elif self.state in _REBUILDING and self._silence.lasts(now, times=2):
            self._no_book(now)

    # -- following a joined stream -------------------------------------------------------------------------------

    def _follow(self, frame: Frame, data: bytes, at: Receipt) -> None:
        if self.entry.state == VenueState.STALE and not self.rule.sees_holes:
            reason = "updates came again after a silence that may have hidden some"
            self._withdraw(VenueState.STALE, reason, at.monotonic)
            self._hold(frame, data, at)
            return
        verdict = self.rule.check(frame)
        if verdict is Verdict.APPLY:
            self._behind_since = 0
            if self._refreshing:
                self._held.add(frame, data, at)
            with self._gate:
                self._apply(frame, at)
        elif verdict is Verdict.RESTART:
            self._start(frame, at)
        elif verdict is Verdict.GAP:
            self.entry.gaps += 1
            found = frame.first_id if frame.first_id >= 0 else frame.last_id
            self._withdraw(VenueState.GAP, f"after update {self.rule.position} came {found}", at.monotonic)
            if self._rest_start:
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
            if self._rest_start:
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
        if self._compare(self._book, frame.checksum) is Outcome.MISMATCH:
            self._withdraw(VenueState.CHECKSUM_FAILED, "the venue's checksum does not match", at.monotonic)
            return
        self._stamp(frame.time, at)
        if self._touches.waits:
            self._touches.seen(self._book)
        if self._book.crossed():
            self._crossed(at.monotonic)
        elif self.live:
            self._writer.on_change()
        else:
            self._go_live(at.monotonic)

    def _compare(self, book: OrderBook, expected: int | None) -> Outcome:
        outcome = self._checks.compare(book, expected)
        if outcome is Outcome.MATCH:
            self.entry.checksums_verified += 1
        elif outcome is not Outcome.NONE:
            self.entry.checksum_failures += 1
        if self.entry.unverified != self._checks.broken:
            self.entry.unverified = self._checks.broken
        return outcome

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
            self._resubscriptions = 0
            self._timer.joined()
        if self._distrust:
            self._writer.set(VenueState.SUSPECT, self._distrust)
        else:
            self._writer.set(VenueState.LIVE, "")

    # -- starting from a snapshot --------------------------------------------------------------------------------

    def _start(self, frame: Frame, at: Receipt) -> None:
        """The stream itself brought a whole book."""
        book, rule = self._empty_book(), self.plan.rule()
        try:
            load_frame(book, frame, whole=not self.plan.window)
        except BookError as error:
            self._unapplied(str(error), at.monotonic)
            return
        rule.begin(frame)
        with self._gate:
            if self._compare(book, frame.checksum) is Outcome.MISMATCH:
                self._withdraw(VenueState.CHECKSUM_FAILED, "the snapshot's checksum does not match", at.monotonic)
                return
            if self._quiet is not None and self._quiet == level_values(book, CONFIRM_LEVELS):
                self._silence.lengthen(at.monotonic)
            self._quiet = None
            self._timer.cancel()
            self._replace(book, rule, frame.time, at)

    def _hold(self, frame: Frame, data: bytes, at: Receipt) -> None:
        self._mute = False
        if self._timer.idle:
            self._timer.ask(at.monotonic + int(self._pause() * SECOND))
        self._held.add(frame, data, at)
        self._timer.frame_held(at.monotonic)

    def _hold_anew(self, now: int) -> None:
        """What is held has a hole: only a snapshot of later than now can join."""
        self._held.clear()
        if self._rest_start and not self._joined and self._timer.idle:
            self._timer.ask(now)

    def _take_snapshot(self, reader: DepthReader, frames: DepthReader, snapshot: Frame, at: Receipt) -> None:
        if self._joined and not self._refreshing:
            self._confirm(snapshot, at)
        elif self.rule.joins(snapshot, self._held.first) and snapshot.last_id != self._refused:
            self._rebuild(reader, frames, snapshot, at)
        else:
            self._retry_snapshot("the snapshot is older than the stream", at.monotonic)

    def _rebuild(self, reader: DepthReader, frames: DepthReader, snapshot: Frame, at: Receipt) -> None:
        """A new book from the snapshot and the held frames; it replaces the old one only when all of it is in."""
        try:
            made = rebuild(self.plan, self._empty_book(), reader, snapshot, self._held, frames, at)
        except HeldGap as gap:
            self.entry.gaps += 1
            self._retry_snapshot(str(gap), at.monotonic)
            return
        if self._auditor.running:
            self._refreshing = False
            self._judge(made.book, at.monotonic)
            return
        with self._gate:
            self._replace(made.book, made.rule, made.time, made.at)

    def _replace(self, book: OrderBook, rule: SequenceRule, time: int, at: Receipt) -> None:
        self._book, self.rule = book, rule
        self._joined, self._refreshing = True, False
        self._refreshed = at.monotonic
        self._touches.clear()
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
        if self._rest_start and not self._refreshing and (self._refresh_due(now) or self._shallow(now)):
            self._refresh(now)
        elif self._auditor.due(now, self._live_since) and not self._refreshing and self._timer.idle:
            self._begin_audit(now)

    def _refresh_due(self, now: int) -> bool:
        return bool(self._limits.refresh) and now - self._refreshed > self._limits.refresh * SECOND

    def _shallow(self, now: int) -> bool:
        """The price has come near the end of what is known to be complete."""
        if now - self._depth_checked < DEPTH_CHECK or now - self._refreshed < DEEPEN_PAUSE:
            return False
        self._depth_checked = now
        floor = self._wanted // 2
        known, held = self._book.known(floor), self._book.counts()
        return any(levels < min(floor, count) for levels, count in zip(known, held, strict=True))

    def _refresh(self, now: int) -> None:
        """A new snapshot is joined to a copy of the stream beside the live book, which goes on."""
        self._refreshing = True
        self._held.clear()
        self._timer.ask(now)

    def _doubt(self, now: int) -> None:
        """Nothing came for too long: hide the book until the venue confirms it."""
        reason = f"no update for {self._silence.seconds(now):.0f} s"
        if self._rest_start:
            self._refreshing = False
            self._auditor.end(now)
            self._writer.set(VenueState.STALE, reason)
            self._timer.ask(now)
        else:
            quiet = level_values(self._book, CONFIRM_LEVELS)
            self._withdraw(VenueState.STALE, reason, now)
            self._quiet, self._resubscribe_at = quiet, now

    def _confirm(self, snapshot: Frame, at: Receipt) -> None:
        """A snapshot of a silent book: it has missed nothing, or its stream is dead."""
        if self.live:
            return  # The stream spoke while the snapshot was under way.
        other = self._empty_book()
        load_frame(other, snapshot, whole=False)
        same = level_values(other, CONFIRM_LEVELS) == level_values(self._book, CONFIRM_LEVELS)
        if same or self.rule.unchanged(snapshot):
            self._silence.lengthen(at.monotonic)
            self._go_live(at.monotonic)
        else:
            self._withdraw(VenueState.STALE, "the stream stopped while the venue's book moved on", at.monotonic)
            self._mute, self._resubscribe_at = True, at.monotonic
            self._timer.cancel()

    def _no_book(self, now: int) -> None:
        """Subscribed, and yet there is no book."""
        self._silence.lengthen(now)
        self._resubscriptions += 1
        if self.plan.in_band and self._resubscriptions <= RESUBSCRIPTIONS:
            self._resubscribe_at = now
        else:
            self._resubscriptions = 0
            self._reconnect = "no update, though subscribed"

    # -- audit ---------------------------------------------------------------------------------------------------

    def _begin_audit(self, now: int) -> None:
        if self.plan.audit is None and not self._rest_start:
            return
        self._auditor.begin(self._book)
        if self._rest_start:
            self._refresh(now)

    def _judge(self, other: OrderBook, now: int) -> None:
        """Compares the live book with the venue's; a book that differs too much is rebuilt."""
        found = self._auditor.judge(self._book, other, self.entry)
        self._auditor.end(now)
        if found:
            self._withdraw(VenueState.SUSPECT, found, now)
        else:
            self._writer.on_change()

    def _end_audit(self, now: int) -> None:
        self._refreshing = False
        self._held.clear()
        self._auditor.end(now)

    # -- withdrawing ---------------------------------------------------------------------------------------------

    def _withdraw(self, state: VenueState, reason: str, now: int) -> None:
        """The book is not true any more: hide it first, then arrange a new one."""
        with self._gate:
            if self._live_since:
                self.entry.resyncs += 1
            self._writer.set(state, reason)
            self._forget()
        at = now + int(self._pause() * SECOND)
        if self.plan.in_band:
            self._resubscribe_at = at
        elif self._rest_start:
            self._timer.ask(at)

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
        self._joined = self._refreshing = self._confirmed = False
        self._held.clear()
        self._timer.cancel()
        self._live_since = self._behind_since = 0
        self._quiet = None
        for watch in (self._crossing, self._touches, self._trades, self._auditor):
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
            lock=self._lock,
        )


_REBUILDING = frozenset(
    {
        VenueState.SYNCING, VenueState.STALE, VenueState.GAP, VenueState.CROSSED, VenueState.CHECKSUM_FAILED,
        VenueState.SUSPECT,
    }
)  # fmt: skip
