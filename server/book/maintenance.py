"""A live book that is looked after: new snapshots in the background, and audits against the venue's own book."""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookError, BookLock, ConsistencyLock, OrderBook

from ..errors import FrameError
from ..model import VenueState
from ..protocol.venue import BookPlan, Limits
from ..units import SECOND
from .auditor import Auditor
from .depth_reader import DepthReader, load_frame
from .proved_book import ProvedBook
from .snapshot_timer import SnapshotTimer
from .update_buffer import UpdateBuffer

# How often the known depth is looked at, and the least time between two snapshots for its sake.
DEPTH_CHECK = SECOND
DEEPEN_PAUSE = 10 * SECOND
# Below this share of what should be known there is no time for a pause: the touch itself may leave what is known.
URGENT = 0.5


class BookMaintenance(ProvedBook):
    """Knows when its known depth runs out, when it is to be rebuilt, and when to ask the venue whether it is right.

    `wanted` is how many levels a side should be known; `audit_every` is in seconds, 0 is never.
    """

    def __init__(
        self,
        venue: str,
        plan: BookPlan,
        limits: Limits,
        lock: BookLock,
        on_change: Callable[[], None],
        consistency_lock: ConsistencyLock | None,
        wanted: int,
        audit_every: float,
    ) -> None:
        super().__init__(venue, plan, limits, lock, on_change, consistency_lock)
        self._rest_start = plan.snapshot is not None and not plan.in_band
        self._timer = SnapshotTimer()
        # Frames that a snapshot must be joined to: all of them while syncing, a copy of them while refreshing.
        self._held = UpdateBuffer()
        self._refreshing = False
        self._depth_checked = 0
        self._wanted = min(wanted, plan.snapshot_levels or wanted)
        self._auditor = Auditor(audit_every, joins=self._rest_start)

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

    # -- in the background ---------------------------------------------------------------------------------------

    def _tend(self, now: int) -> None:
        """The book is live and its stream speaks: is there anything to do for it?"""
        if self._rest_start and not self._refreshing and (self._refresh_due(now) or self._shallow(now)):
            self._refresh(now)
        elif self._audits and self._auditor.due(now, self._live_since) and not self._refreshing and self._timer.idle:
            self._begin_audit(now)

    def _refresh_due(self, now: int) -> bool:
        return bool(self._limits.refresh) and now - self._refreshed > self._limits.refresh * SECOND

    def _shallow(self, now: int) -> bool:
        """The price has come near the end of what is known to be complete."""
        if now - self._depth_checked < DEPTH_CHECK:
            return False
        self._depth_checked = now
        floor = self._wanted // 2
        known, held = self._book.known(floor), self._book.counts()
        short = [levels for levels, count in zip(known, held, strict=True) if levels < min(floor, count)]
        pause = DEEPEN_PAUSE if short and min(short) >= floor * URGENT else DEPTH_CHECK
        return bool(short) and now - self._refreshed >= pause

    def _refresh(self, now: int) -> None:
        """A new snapshot is joined to a copy of the stream beside the live book, which goes on."""
        self._refreshing = True
        self._held.clear()
        self._timer.ask(now)

    @property
    def _audits(self) -> bool:
        """Whether the venue's own book can be had."""
        return self.plan.audit is not None or self._rest_start

    def _begin_audit(self, now: int) -> None:
        self._auditor.begin(self._book)
        if self._rest_start:
            self._refresh(now)

    def _judge_shadow(self, now: int) -> None:
        """Once both books have reached the same number: the venue's answer may be ahead of the stream.

        What differs then is wrong in ours. The venue's answer with the stream's changes behind it is the book that a
        rebuild would make: it takes the place of the live one, which nothing needs to be hidden for.
        """
        shadow = self._auditor.shadow
        if shadow is None or not self.live or shadow.rule.position != self.rule.position:
            return
        found = self._auditor.judge(self._book, shadow.book, self.entry)
        self._auditor.end(now)
        if found:
            self._complaint = found
            self._mend(shadow, now)
        self._writer.on_change()

    def _judge(self, other: OrderBook, now: int) -> None:
        """Compares the live book with the venue's answer; one that is proved wrong is hidden and built anew."""
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
