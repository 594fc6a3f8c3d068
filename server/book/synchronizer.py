"""How the book of one instrument on one connection becomes true, stays true, and is withdrawn when it is not.

    CONNECTING ──opened──▶ SYNCING ──snapshot joined──▶ LIVE ◀──proved unchanged── STALE
                              ▲                          │ gap, checksum, crossed, unreadable, silent, contradicted
                              └── buffer, or resubscribe ◀┘ (withdrawn first, then rebuilt)

A pure state machine: frames, snapshots and the time come in by calls; snapshot and resubscription requests are read by
the owner after each call. Not thread-safe: the session's lock guards it.
"""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookError, BookLane, BookLock, ConsistencyLock, SequenceState

from ..errors import FrameError
from ..model import Receipt, VenueState
from ..protocol.sequence import Verdict, steady_kind
from ..protocol.venue import BookPlan, Limits
from ..units import SECOND
from .book_requests import NOTHING, BookRequests
from .checksum_monitor import Outcome
from .depth_reader import DepthReader, Frame, level_values, load_frame
from .maintenance import BookMaintenance
from .plan_proof import shows_gaps
from .proved_book import CROSSED
from .replay import replay
from .snapshot_timer import NEVER
from .staleness import StalenessDetector
from .update_buffer import BufferGap

# Levels a side that a snapshot must share with the book to confirm it.
CONFIRM_LEVELS = 50
# A snapshot is asked for without a buffered frame when the stream stays quiet this long after opening.
SETTLE = 2 * SECOND
# A snapshot may be ahead of its stream, but not by more; else the venue's numbers began anew, and nothing moves.
BEHIND = 3 * SECOND
# After so long without trouble the next replay starts without a pause.
HEALTHY_SPELL = 10 * SECOND
# Attempts to get a book by subscribing again, and refusals of the venue, before the pair itself is in question.
RESUBSCRIPTIONS = 2
REFUSALS = 2
# So often the pair may be in question before a list that still has it is believed no longer.
QUESTIONS = 8


class BookSynchronizer(BookMaintenance):
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
        consistency_lock: ConsistencyLock | None = None,
        *,
        wanted: int = 0,
        audit_every: float = 0.0,
    ) -> None:
        super().__init__(venue, plan, limits, lock, on_change, consistency_lock, wanted, audit_every)
        self._shows_gaps = shows_gaps(plan)
        self._auditor.blind = not self._shows_gaps
        self.subscription = 0
        """Changes when answers under way cease to count: with every opening and closing, and when clocks step."""
        self._confirmed = False
        self._resubscribe_at: int | None = None
        self._resubscriptions = 0
        self._refusals = 0
        """Of the snapshot, by the venue, since there was a book."""
        self._in_question = ""
        self._questions = 0
        """How often it was in question without a refusal, since there was a book."""
        self._hopeless = False
        self._silence = StalenessDetector(limits.silence)
        self._behind_since = 0
        self.lane = self._make_lane()
        # The stream was seen to say nothing while the venue's book moved: only a frame brings the book back.
        self._mute = False
        # What an in-band book held when it fell silent: if it comes back the same it was only quiet.
        self._quiet: object = None
        # Number of a snapshot that the stream never reached: a cache may serve it again.
        self._refused = -1

    def take_requests(self, now: int) -> BookRequests:
        """What is needed now (monotonic nanoseconds); each wish is handed out once."""
        snapshot, audit = self._timer.take(now), self._auditor.take()
        resubscribe = self._resubscribe_at is not None and now >= self._resubscribe_at
        if not (snapshot or resubscribe or self._in_question or audit or self._complaint):
            return NOTHING
        requests = BookRequests(
            snapshot, resubscribe, self._in_question, self._hopeless, audit, self._refreshing, self._complaint
        )  # fmt: skip
        self._in_question, self._hopeless, self._complaint = "", False, ""
        if resubscribe:
            self._resubscribe_at = None
        return requests

    # -- the fast lane -------------------------------------------------------------------------------------------

    def _make_lane(self) -> BookLane | None:
        kind = steady_kind(self.rule)
        if not kind:
            return None
        return BookLane(
            self, self._consistency, self._lock, self._silence, self._touches.awaited, kind=kind,
            time_unit=self.plan.time_unit, whole_frames=self.rule.whole_frames, checksum=self.plan.checksum,
        )  # fmt: skip

    def settle(self) -> None:
        """Whoever has done something with this book is ready: if nothing is going on, frames need nobody now."""
        lane, rule = self.lane, self.rule
        if lane is not None and not lane.armed and self._steady and isinstance(rule, SequenceState):
            lane.arm(self._book, self.entry, rule, self._writer.on_change)

    @property
    def settled(self) -> bool:
        """Nothing is going on with this book, and nothing is asked for."""
        return self.lane is not None and self.lane.armed

    @property
    def _steady(self) -> bool:
        """Frames in plain order change levels, times and counts alone."""
        return (
            self._joined
            and not self._stale
            and self.live
            and not (self._distrust or self._complaint or self._in_question)
            and not (self._refreshing or self._auditor.busy)
            and not self._crossing.counts
            and self._checks.settled
            and self._behind_since == 0
            and self._resubscribe_at is None
            and self._timer.due is None
        )

    def prove(self, frame: Frame, received: int, monotonic: int, matches: bool | None) -> None:
        """The fast lane has taken a frame whose book is crossed, or is not what the venue's checksum says."""
        self._prove(frame, Receipt(received, monotonic), matches)

    # -- what happens --------------------------------------------------------------------------------------------

    def opened(self, now: int) -> None:
        """The stream is subscribed."""
        self._halt()
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
        self._halt()
        self.subscription += 1
        with self._consistency:
            if self._live_since:
                self.entry.resyncs += 1
            self._writer.set(state, reason)
            self._forget()
        self._timer.pending = False

    @property
    def shows_gaps(self) -> bool:
        """Whether a lost frame shows in what the stream says next: in numbers, or in checksums that can be trusted."""
        return self._shows_gaps and not self._checks.broken

    def frame(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """A depth frame of this instrument arrived."""
        self._halt()
        starts = frame.snapshot or self._may_be_snapshot(frame)
        if not starts and not self._joined and not self.rule.whole_frames and self.plan.snapshot is None:
            return  # It changes a book whose snapshot has yet to come: to us the stream is silent until it does.
        if starts:
            self._start(frame, at)
            return
        self._silence.heard(at.monotonic)
        if self._joined or self.rule.whole_frames:
            self._follow(frame, data, at)
        else:
            self._hold(frame, data, at)

    def _may_be_snapshot(self, frame: Frame) -> bool:
        """Of venues that do not mark it: the first frame behind the confirmation, if it stands for one moment. One of
        several updates is none; then the snapshot was lost."""
        awaited = self.plan.first_is_snapshot and self._confirmed and not self._joined
        return awaited and frame.first_id == frame.last_id

    def unreadable(self, reason: str, now: int) -> None:
        """A frame that may have been this book's could not be read."""
        self._halt()
        if self.rule.whole_frames:
            return  # The next frame makes the book good.
        if self._joined:
            self._unapplied(reason, now)
        else:
            self._hold_anew(now)

    def lost(self, state: VenueState, reason: str, now: int) -> None:
        """Something that concerns this book is known to be missing, or the owner wants it built anew."""
        self._halt()
        if state is VenueState.GAP:
            self.entry.gaps += 1
        self._withdraw(state, reason, now)

    def snapshot(self, reader: DepthReader, frames: DepthReader, body: bytes, at: Receipt) -> None:
        """The snapshot asked for arrived; `reader` reads it, `frames` the held frames."""
        self._halt()
        self._timer.pending = False
        try:
            frame = reader.read(body)
            if frame is None or max(frame.last_id, frame.time) < 0:
                raise FrameError(f"the snapshot could not be read: {body[:80]!r}")
            self._take_snapshot(frames, frame, at)
        except (FrameError, BookError) as error:
            self._hold_anew(at.monotonic)
            self._retry_snapshot(str(error), at.monotonic)

    def snapshot_failed(self, reason: str, now: int, retry_after: float = 0.0, *, refused: bool = False) -> None:
        """The snapshot asked for cannot be had now; `refused`: the venue answers, and says no."""
        self._halt()
        self._timer.pending = False
        if self._auditor.running:
            self._end_audit(now)
            return
        self._retry_snapshot(reason, now, retry_after)
        if refused and not self.live:
            self._refusals += 1
            if self._refusals >= REFUSALS:
                self._in_question, self._hopeless = reason, True

    def subscription_refused(self, reason: str, times: int) -> None:
        """The venue refuses the stream, for the n-th time in a row."""
        if self._joined:
            return
        self._writer.set(self.state, f"the venue refuses the subscription: {reason}")
        if times >= REFUSALS:
            self._in_question, self._hopeless = f"the venue refuses the subscription: {reason}", True

    def sent(self, now: int) -> None:
        """The request for the stream has left: from now on it may be silent for too long."""
        if not self._silence.broken:
            self._silence.begin(now)

    @property
    def spoke(self) -> bool:
        """Whether the stream has said anything since it was asked for."""
        return self._silence.broken

    def tick(self, now: int) -> None:
        """Time passes (monotonic nanoseconds)."""
        self._halt()
        if self._crossing.lasts(now):
            self._withdraw(VenueState.CROSSED, f"{CROSSED} for a second", now)
        elif self._joined and not self._stale:
            self._tick_followed(now)
        elif self._is_missing() and self._silence.lasts(now, times=2):
            self._no_book(now)

    def _is_missing(self) -> bool:
        """There should be a book. One that others distrust is there, and followed."""
        return self.state in _REBUILDING and (not self._joined or self._stale)

    # -- following a joined stream -------------------------------------------------------------------------------

    def _follow(self, frame: Frame, data: bytes, at: Receipt) -> None:
        if self._stale and not self.shows_gaps:
            reason = "updates came again after a silence that may have hidden some"
            self._withdraw(VenueState.STALE, reason, at.monotonic)
            self._hold(frame, data, at)
            return
        verdict = self.rule.check(frame)
        if verdict is Verdict.APPLY:
            self._behind_since = 0
            if self._refreshing:
                self._held.add(frame, data, at)
            with self._consistency:
                self._apply(frame, at)
            if self._auditor.shadow is not None:
                self._auditor.follow(frame)
                self._judge_shadow(at.monotonic)
        elif verdict is Verdict.RESTART:
            self._start(frame, at)
        elif verdict is Verdict.GAP:
            self.entry.gaps += 1
            found = frame.first_id if frame.first_id >= 0 else frame.last_id
            self._withdraw(VenueState.GAP, f"after update {self.rule.position} came {found}", at.monotonic)
            if self._rest_start:
                self._hold(frame, data, at)
            self._wait_out_caches(at.monotonic)
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

    def _wait_out_caches(self, now: int) -> None:
        if self.rule.cached_for:
            self.subscription += 1  # An answer under way does not count.
            self._timer.wait(now + int(self.rule.cached_for * SECOND))

    # -- starting from a snapshot --------------------------------------------------------------------------------

    def _start(self, frame: Frame, at: Receipt) -> None:
        """The stream itself brought a whole book."""
        book, rule = self._empty_book(), self.plan.rule()
        try:
            load_frame(book, frame, whole=not self.plan.window)
        except BookError as error:
            self._silence.heard(at.monotonic)
            self._unapplied(str(error), at.monotonic)
            return
        if not frame.snapshot and not all(book.counts()):
            return  # A change of one side: the snapshot, which is not marked, was lost. The stream counts as silent.
        self._silence.heard(at.monotonic)
        rule.begin(frame)
        with self._consistency:
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
        if self._held.add(frame, data, at):
            self._wait_out_caches(at.monotonic)
        self._timer.frame_held(at.monotonic)

    def _hold_anew(self, now: int) -> None:
        """What is held has a hole: only a snapshot of later than now can join."""
        self._held.clear()
        if self._rest_start and not self._joined and self._timer.idle:
            self._timer.ask(now)

    def _take_snapshot(self, frames: DepthReader, snapshot: Frame, at: Receipt) -> None:
        if self._joined and not self._refreshing:
            self._confirm(snapshot, at)
        elif self._refreshing and self._held.first is None and snapshot.last_id < self.rule.position:
            self._retry_snapshot("the snapshot is older than the book", at.monotonic)
        elif self.rule.joins(snapshot, self._held.first) and snapshot.last_id != self._refused:
            self._replay(frames, snapshot, at)
        else:
            self._retry_snapshot("the snapshot is older than the stream", at.monotonic)

    def _replay(self, frames: DepthReader, snapshot: Frame, at: Receipt) -> None:
        """A new book from the snapshot and the held frames; it replaces the old one only when all of it is in."""
        try:
            made = replay(self.plan, self._empty_book(), snapshot, self._held, frames, at)
        except BufferGap as gap:
            self.entry.gaps += 1
            self._retry_snapshot(str(gap), at.monotonic, self.rule.cached_for)
            return
        self._refreshing = False
        self._timer.joined()
        if self._auditor.running:
            self._auditor.shadow = made
            self._judge_shadow(at.monotonic)
            return
        with self._consistency:
            self._replace(made.book, made.rule, made.time, made.at)

    # -- doubt ---------------------------------------------------------------------------------------------------

    def _tick_followed(self, now: int) -> None:
        """The book is live, or would be but for what others say of it."""
        if self._silence.lasts(now):
            self._doubt(now)
            return
        if not self.live:
            return
        self._auditor.blind = not self.shows_gaps
        if self._resync_pauses.attempts and now - self._live_since > HEALTHY_SPELL:
            self._resync_pauses.reset()
        self._tend(now)

    def _doubt(self, now: int) -> None:
        """Nothing came for too long: hide the book until the venue confirms it."""
        reason = f"no update for {self._silence.seconds(now):.0f} s"
        if self._rest_start:
            self._refreshing = False
            self._auditor.end(now)
            self._stale = True
            self._writer.set(VenueState.STALE, reason)
            self._timer.ask(now)
        else:
            quiet = level_values(self._book, CONFIRM_LEVELS)
            self._withdraw(VenueState.STALE, reason, now)
            self._quiet, self._resubscribe_at = quiet, now

    def _confirm(self, snapshot: Frame, at: Receipt) -> None:
        """A snapshot of a silent book: it has missed nothing, or its stream is dead."""
        if not self._stale:
            return  # The stream spoke while the snapshot was under way.
        other = self._empty_book()
        load_frame(other, snapshot, whole=False)
        same = level_values(other, CONFIRM_LEVELS) == level_values(self._book, CONFIRM_LEVELS)
        if same or self.rule.unchanged(snapshot):
            self._timer.joined()
            self._silence.lengthen(at.monotonic)
            self._stale = False
            self._show(at.monotonic)
        else:
            self._withdraw(VenueState.STALE, "the stream stopped while the venue's book moved on", at.monotonic)
            self._mute, self._resubscribe_at = True, at.monotonic
            self._timer.cancel()

    def _no_book(self, now: int) -> None:
        """Subscribed, and yet there is no book."""
        self._resubscriptions += 1
        self._resubscribe_at = now
        if self._resubscriptions > RESUBSCRIPTIONS:
            self._silence.lengthen(now)
            self._questions += 1
            self._in_question, self._hopeless = "no update, though subscribed", self._questions > QUESTIONS

    # -- withdrawing ---------------------------------------------------------------------------------------------

    def _arrange(self, at: int) -> None:
        if self.plan.in_band:
            self._resubscribe_at = at
        elif self._rest_start:
            self._timer.ask(at)

    def _came_live(self) -> None:
        self._resubscriptions = self._refusals = self._questions = 0

    def _unapplied(self, reason: str, now: int) -> None:
        """A frame was lost to us. Only the next one shows how new a snapshot must be to contain it."""
        self._withdraw(VenueState.SUSPECT, reason, now)
        if self._timer.due is not None:
            self._timer.settle(self._timer.due, max(self._timer.due, now + SETTLE))

    def _retry_snapshot(self, reason: str, now: int, retry_after: float = 0.0) -> None:
        if not self.live:
            self.entry.detail = reason
        self._timer.retry(now, retry_after)

    def _forget(self) -> None:
        super()._forget()
        self._refreshing = self._confirmed = False
        self._held.clear()
        self._timer.cancel()
        self._behind_since = 0
        self._quiet = None
        self._auditor.forget()


_REBUILDING = frozenset(
    {
        VenueState.SYNCING, VenueState.STALE, VenueState.GAP, VenueState.CROSSED, VenueState.CHECKSUM_FAILED,
        VenueState.SUSPECT,
    }
)  # fmt: skip
