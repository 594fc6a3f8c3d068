"""What one synchronised book consists of, and how it is withdrawn."""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookLock, ConsistencyLock

from ..model import VenueState
from ..protocol.venue import BookPlan, Limits
from .maintenance import BookMaintenance
from .monitor import Fault
from .monitors import Monitors
from .plan_proof import shows_gaps
from .proved_book import ProvedBook
from .quiet_stream import QuietStream
from .recovery import Recovery
from .snapshot_joiner import SnapshotJoiner
from .steady_lane import LaneOwner, SteadyLane


class BookParts:
    """The parts of one book. Whoever finds a fault withdraws the book here: a new one is arranged then.

    `owner` decides about frames that the fast lane leaves open; the other arguments are BookSynchronizer's.
    """

    def __init__(
        self,
        owner: LaneOwner,
        venue: str,
        plan: BookPlan,
        limits: Limits,
        lock: BookLock,
        on_change: Callable[[], None],
        consistency_lock: ConsistencyLock,
        wanted: int,
        audit_every: float,
    ) -> None:
        self.plan = plan
        self.consistency_lock = consistency_lock
        self.monitors = Monitors(plan)
        self.recovery = Recovery()
        self.proved = ProvedBook(
            venue, plan, self.monitors, lock, consistency_lock, on_change, self.recovery.book_live
        )  # fmt: skip
        self.snapshots = SnapshotJoiner(self.proved, self.recovery)
        self.maintenance = BookMaintenance(self.proved, self.snapshots, limits, wanted, audit_every)
        self.silence = QuietStream(limits.silence)
        self.lane = SteadyLane(
            owner, self.proved, self.monitors, self.silence, lock, consistency_lock,
            self.maintenance, self.recovery, self.snapshots,
        )  # fmt: skip
        self.confirmed = False
        """The venue has confirmed the subscription, and no book has ended since."""
        self._shows_gaps = shows_gaps(plan)
        self.maintenance.auditor.blind = not self._shows_gaps

    @property
    def shows_gaps(self) -> bool:
        """Whether a lost frame shows in what the stream says next: in numbers, or in checksums that can be trusted."""
        return self._shows_gaps and not self.monitors.checksum.broken

    @property
    def follows_changes(self) -> bool:
        """A book of changes that was joined: evidence counts against it. Whole frames replace what was wrong."""
        return self.proved.joined and not self.proved.rule.whole_frames

    def act_on(self, fault: Fault | None, now: int) -> None:
        """What was found out about the book has its consequence."""
        if fault is not None:
            self.withdraw(fault.state, fault.reason, now)

    def withdraw(self, state: VenueState, reason: str, now: int) -> None:
        """The book is not true any more: it is hidden first; then a new one is arranged."""
        self.hide(state, reason)
        at = now + self.recovery.pause()
        if self.plan.in_band:
            self.recovery.resubscribe_at = at
        elif self.snapshots.from_rest:
            self.snapshots.timer.ask(at)

    def hide(self, state: VenueState, reason: str) -> None:
        """The book is gone; an empty one begins, and nothing is asked for."""
        self.lane.disarm()
        with self.consistency_lock:
            self.proved.withdraw(state, reason)
            self.forget()

    def forget(self) -> None:
        """What belongs to a book that is gone."""
        self.confirmed = False
        self.maintenance.forget()
        self.snapshots.forget()
        self.silence.forget()
