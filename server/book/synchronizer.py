"""How the book of one instrument on one connection becomes true, stays true, and is withdrawn when it is not.

    CONNECTING ──opened──▶ SYNCING ──snapshot joined──▶ LIVE ◀──proved unchanged── STALE
                              ▲                          │ gap, checksum, crossed, unreadable, silent, contradicted
                              └── buffer, or resubscribe ◀┘ (withdrawn first, then rebuilt)

A pure state machine: frames, snapshots and the time come in by calls; snapshot and resubscription requests are read by
the owner after each call. Not thread-safe: the session's lock guards it.
"""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookLane, BookLock, BookStatus, ConsistencyLock, OrderBook, TradeThroughCounter

from ..model import Receipt, Trade, VenueState
from ..protocol.events import Bbo
from ..protocol.venue import BookPlan, Limits
from .answer_reader import AnswerReader
from .book_requests import NOTHING, BookRequests
from .depth_reader import DepthReader, Frame
from .frame_follower import FrameFollower
from .parts import BookParts

_REBUILDING = frozenset(
    {
        VenueState.SYNCING, VenueState.STALE, VenueState.GAP, VenueState.CROSSED, VenueState.CHECKSUM_FAILED,
        VenueState.SUSPECT,
    }
)  # fmt: skip


class BookSynchronizer:
    """Keeps one book. `entry` is where its state, times and levels are read by others.

    `wanted` is how many levels per side should be known; `audit_every` is in seconds, 0 is never.
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
        self.plan = plan
        self.parts = BookParts(
            self, venue, plan, limits, lock, on_change, consistency_lock or ConsistencyLock(), wanted, audit_every
        )
        """What the book is made of: its proofs, monitors, requests and repairs."""
        self.proved = self.parts.proved
        """The book itself, with its proofs and its status."""
        self._frames = FrameFollower(self.parts)
        self._answers = AnswerReader(self.parts)

    # -- what others read ----------------------------------------------------------------------------------------

    @property
    def entry(self) -> BookStatus:
        """Where state, times and levels are read by others."""
        return self.proved.entry

    @property
    def state(self) -> VenueState:
        """State of the book."""
        return self.proved.state

    @property
    def live(self) -> bool:
        """Whether the book is proved and may be shown."""
        return self.proved.live

    @property
    def book(self) -> OrderBook:
        """The levels; meaningful while live."""
        return self.proved.book

    @property
    def shows_gaps(self) -> bool:
        """Whether a lost frame shows in what the stream says next: in numbers, or in checksums that can be trusted."""
        return self.parts.shows_gaps

    @property
    def subscription(self) -> int:
        """Changes when answers under way cease to count: with every opening and closing, and when clocks step."""
        return self.parts.snapshots.subscription

    @property
    def spoke(self) -> bool:
        """Whether the stream has said anything since it was asked for."""
        return self.parts.silence.broken

    def adopt(self, public: BookStatus) -> None:
        """From now on this book is the one behind `public`; the change is seamless when both are live."""
        self.parts.lane.disarm()
        self.proved.adopt(public)

    def release(self) -> None:
        """Gives the public entry up to a successor; this book goes on privately until its connection closes."""
        self.parts.lane.disarm()
        self.proved.release()

    def take_requests(self, now: int) -> BookRequests:
        """What is needed now (monotonic nanoseconds); each request is handed out once."""
        parts, recovery = self.parts, self.parts.recovery
        snapshot, audit = parts.snapshots.timer.take(now), parts.maintenance.auditor.take()
        resubscribe, question = recovery.take_resubscription(now), recovery.take_question()
        complaint = self.proved.take_complaint()
        if resubscribe:
            parts.silence.begin(now)  # The attempt has its own time, from before the venue's pause on.
        if not (snapshot or audit or resubscribe or question or complaint):
            return NOTHING
        return BookRequests(snapshot, resubscribe, question, audit, parts.maintenance.refreshing, complaint)

    # -- the fast lane -------------------------------------------------------------------------------------------

    @property
    def lane(self) -> BookLane | None:
        """The way of frames that need no decision; None where the venue's rule has no such way."""
        return self.parts.lane.lane

    @property
    def trade_counter(self) -> TradeThroughCounter | None:
        """Holds trades against the book; None where whole frames replace what was wrong."""
        return None if self.proved.rule.whole_frames else self.parts.monitors.trades.counter

    @property
    def settled(self) -> bool:
        """Nothing is going on with this book, and nothing is asked for."""
        return self.parts.lane.armed

    def settle(self) -> None:
        """Whoever has done something with this book is ready: if nothing is going on, frames need nobody now."""
        self.parts.lane.settle()

    def prove(self, frame: Frame, received: int, monotonic: int, matches: bool | None) -> None:
        """The fast lane has taken a frame whose book is crossed, or is not what the venue's checksum says."""
        self.parts.act_on(self.proved.prove(frame, Receipt(received, monotonic), matches), monotonic)

    # -- the connection's life -----------------------------------------------------------------------------------

    def opened(self, now: int) -> None:
        """The stream is subscribed."""
        parts = self.parts
        parts.lane.disarm()
        parts.snapshots.subscribe_anew()
        parts.silence.begin(now)
        self.proved.restart()
        parts.forget()
        parts.recovery.resubscribe_at = None
        self.proved.set_state(VenueState.SYNCING, "waiting for the first update")
        parts.snapshots.opened(now)

    def closed(self, state: VenueState, reason: str) -> None:
        """The connection is gone."""
        self.parts.hide(state, reason)
        self.parts.snapshots.subscribe_anew()

    def requested(self, now: int) -> None:
        """The request for the stream has left: from now on it may be silent for too long."""
        if not self.parts.silence.broken:
            self.parts.silence.begin(now)

    def confirmed(self) -> None:
        """The venue has confirmed the subscription: what comes now belongs to it."""
        self.parts.confirmed = True

    def refused(self, reason: str, times: int) -> None:
        """The venue refuses the subscription, for the n-th time in a row."""
        if not self.proved.joined:
            reason = f"the venue refuses the subscription: {reason}"
            self.proved.set_state(self.state, reason)
            self.parts.recovery.subscription_refused(reason, times)

    # -- frames and answers --------------------------------------------------------------------------------------

    def frame(self, frame: Frame, data: bytes, at: Receipt) -> None:
        """A depth frame of this instrument arrived."""
        self.parts.lane.disarm()
        self._frames.take_frame(frame, data, at)

    def unreadable(self, reason: str, now: int) -> None:
        """A frame that may have been this book's could not be read."""
        self.parts.lane.disarm()
        self._frames.unreadable(reason, now)

    def snapshot(self, reader: DepthReader, frames: DepthReader, body: bytes, at: Receipt) -> None:
        """The snapshot asked for arrived; `reader` reads it, `frames` the held frames."""
        self.parts.lane.disarm()
        self._answers.take_snapshot(reader, frames, body, at)

    def snapshot_failed(self, reason: str, now: int, retry_after: float = 0.0, *, refused: bool = False) -> None:
        """The snapshot asked for cannot be had now; `refused`: the venue answers, and says no."""
        self.parts.lane.disarm()
        self._answers.fail_snapshot(reason, now, retry_after, refused=refused)

    def audited(self, reader: DepthReader, body: bytes, now: int) -> None:
        """The venue's own book for an audit arrived."""
        self._answers.take_audit(reader, body, now)

    def audit_failed(self, now: int) -> None:
        """The venue's own book cannot be had now; the next turn tries again."""
        self._answers.fail_audit(now)

    # -- evidence that the stream of the book does not bring ------------------------------------------------------

    def checksum(self, value: int, now: int) -> None:
        """The venue sent the checksum of the book as it should be now."""
        if self.proved.joined:
            self.checked(self.parts.monitors.checksum.compare(self.book, value), now)

    def checked(self, matches: bool | None, now: int) -> None:
        """The venue's checksum was compared with what lies behind the levels."""
        self.parts.lane.disarm()
        if self.proved.joined:
            self.parts.act_on(self.proved.check(self.book, matches), now)

    def bbo(self, bbo: Bbo, now: int) -> None:
        """The venue's ticker says what the best prices are."""
        if self.parts.follows_changes:
            self.parts.act_on(self.parts.monitors.bbo.judge(self.book, bbo, now), now)

    def trade(self, trade: Trade, now: int) -> None:
        """A trade happened at the venue."""
        if self.parts.follows_changes:
            self.parts.act_on(self.parts.monitors.trades.judge(self.book, trade, now), now)

    def distrust(self, reason: str, now: int) -> None:
        """Other venues say that this book cannot be right; it is hidden, and followed, until the reason is empty."""
        self.parts.lane.disarm()
        self.proved.distrust(reason, now)

    def rebuild(self, state: VenueState, reason: str, now: int) -> None:
        """Something that concerns this book is known to be missing, or the owner wants the book built anew."""
        if state is VenueState.GAP:
            self.entry.gaps += 1
        self.parts.withdraw(state, reason, now)

    # -- time ----------------------------------------------------------------------------------------------------

    def rests(self, now: int) -> bool:
        """Whether time passes (monotonic nanoseconds) without a consequence: nothing is going on with the book, and
        nothing is due. The fast lane goes on then; otherwise tick() is to be called."""
        parts, lane = self.parts, self.parts.lane.lane
        if lane is None or not lane.armed or parts.silence.lasts(now):
            return False
        if not (parts.monitors.crossed.settled and self.proved.settled):
            return False
        self._look_after(now)
        return parts.maintenance.settled and parts.snapshots.settled

    @property
    def rests_until(self) -> int:
        """Until then rests() says True, if frames in plain order are all that happens meanwhile; 0: it may not."""
        parts = self.parts
        if not (parts.lane.armed and parts.recovery.calm):
            return 0
        return min(parts.silence.earliest, parts.maintenance.next_due())

    def tick(self, now: int) -> None:
        """Time passes (monotonic nanoseconds)."""
        parts = self.parts
        parts.lane.disarm()
        crossed = parts.monitors.crossed.overdue(now)
        if crossed is not None:
            parts.act_on(crossed, now)
        elif self.proved.joined and not self.proved.stale:
            self._tick_joined(now)
        elif self.state in _REBUILDING:
            self._tick_missing(now)

    def _tick_missing(self, now: int) -> None:
        """Subscribed, and there is no book: the stream is asked for again, unless the next attempt is planned."""
        parts = self.parts
        if parts.recovery.waits or not parts.silence.lasts(now, times=2):
            return
        if parts.recovery.book_missing(now):
            parts.silence.lengthen(now)

    def _tick_joined(self, now: int) -> None:
        """The book is live, or would be but for what others say of it."""
        parts = self.parts
        if parts.silence.lasts(now):
            self._doubt(now)
        elif self.live:
            self._look_after(now)

    def _look_after(self, now: int) -> None:
        """The book is live and its stream speaks."""
        parts = self.parts
        parts.maintenance.auditor.blind = not parts.shows_gaps
        parts.recovery.keep_healthy(now - self.proved.live_since)
        parts.maintenance.tend(now)

    def _doubt(self, now: int) -> None:
        """Nothing came for too long: the book is hidden until the venue confirms it."""
        parts, reason = self.parts, f"no update for {self.parts.silence.seconds(now):.0f} s"
        if parts.snapshots.from_rest:
            parts.maintenance.give_up(now)
            self.proved.doubt(reason)
            parts.snapshots.timer.ask(now)
        else:
            book = self.book
            parts.withdraw(VenueState.STALE, reason, now)
            parts.silence.remember(book)
            parts.recovery.resubscribe_at = now
