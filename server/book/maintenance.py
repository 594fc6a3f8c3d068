"""A live book that is looked after: new snapshots in the background, and audits against the venue's own book."""

from __future__ import annotations

from orderbook_ext import BookError, OrderBook

from ..errors import FrameError
from ..model import VenueState
from ..protocol.venue import Limits
from ..units import SECOND
from .auditor import NEVER, Auditor
from .depth_reader import DepthReader, Frame, load_frame
from .monitor import Fault
from .proved_book import ProvedBook
from .replay import ReplayedBook
from .snapshot_joiner import SnapshotJoiner

# How often the known depth is looked at, and the least time between two snapshots for its sake.
DEPTH_CHECK = SECOND
DEEPEN_PAUSE = 10 * SECOND
# Below this share of what should be known there is no time for a pause: the touch itself may leave what is known.
URGENT = 0.5


class BookMaintenance:
    """Knows when the known depth runs out, when the book is to be rebuilt, and when to ask the venue for its own.

    `wanted` is how many levels per side should be known; `audit_every` is in seconds, 0 is never. Times are monotonic
    nanoseconds.
    """

    def __init__(
        self, proved: ProvedBook, snapshots: SnapshotJoiner, limits: Limits, wanted: int, audit_every: float
    ) -> None:
        plan = proved.plan
        self.auditor = Auditor(audit_every, joins=snapshots.from_rest)
        self.refreshing = False
        """A new book is made beside the live one, which goes on."""
        self._proved = proved
        self._snapshots = snapshots
        self._refresh_every = int(limits.refresh * SECOND)
        self._wanted = min(wanted, plan.snapshot_levels or wanted)
        self._audits = plan.audit is not None or snapshots.from_rest
        """Whether the venue's own book can be had."""
        self._depth_checked = 0

    @property
    def settled(self) -> bool:
        """Whether the next frame concerns nothing here."""
        return not (self.refreshing or self.auditor.busy)

    def tend(self, now: int) -> None:
        """The book is live and its stream speaks: begins what is due."""
        if self.refreshing:
            return
        if self._snapshots.from_rest and (
            self._refresh_due(now) or (now - self._depth_checked >= DEPTH_CHECK and self._shallow(now))
        ):
            self._refresh(now)
        elif self._audits and self._snapshots.timer.idle and self.auditor.due(now, self._proved.live_since):
            self.auditor.begin(self._proved.book)
            if self._snapshots.from_rest:
                self._refresh(now)

    def next_due(self) -> int:
        """tend() has just been called: when it may next have a consequence, if the book does nothing but follow its
        stream."""
        due = self.auditor.next_due(self._proved.live_since) if self._audits else NEVER
        if self._snapshots.from_rest:
            due = min(due, self._depth_checked + DEPTH_CHECK)
            if self._refresh_every:
                due = min(due, self._proved.refreshed + self._refresh_every)
        return due

    def _refresh_due(self, now: int) -> bool:
        return self._refresh_every > 0 and now - self._proved.refreshed > self._refresh_every

    def _shallow(self, now: int) -> bool:
        """The price has come near the end of what is known to be complete."""
        self._depth_checked = now
        floor = self._wanted // 2
        known, held = self._proved.book.known(floor), self._proved.book.counts()
        short = [levels for levels, count in zip(known, held, strict=True) if levels < min(floor, count)]
        pause = DEEPEN_PAUSE if short and min(short) >= floor * URGENT else DEPTH_CHECK
        return bool(short) and now - self._proved.refreshed >= pause

    def _refresh(self, now: int) -> None:
        """A new snapshot is joined to a copy of the stream beside the live book, which goes on."""
        self.refreshing = True
        self._snapshots.held.clear()
        self._snapshots.timer.ask(now)

    # -- audits --------------------------------------------------------------------------------------------------

    def frame_applied(self, frame: Frame, now: int) -> None:
        """The live book has taken this frame."""
        if self.auditor.shadow is not None:
            self.auditor.follow(frame)
            self._judge_shadow(now)

    def take_replayed(self, made: ReplayedBook, now: int) -> bool:
        """A book was made of a snapshot: True if an audit waits for that book. Otherwise it replaces the live one."""
        self.refreshing = False
        if not self.auditor.running:
            return False
        self.auditor.shadow = made
        self._judge_shadow(now)
        return True

    def _judge_shadow(self, now: int) -> None:
        """Once both books have reached the same number: the venue's answer may be ahead of the stream.

        What differs then is wrong in ours. The venue's answer with the stream's changes behind it is the book that a
        rebuild would make: it takes the place of the live one, which nothing needs to be hidden for.
        """
        shadow, proved = self.auditor.shadow, self._proved
        if shadow is None or not proved.live or shadow.rule.position != proved.rule.position:
            return
        found = self.auditor.judge(proved.book, shadow.book, proved.entry)
        self.auditor.end(now)
        if found:
            proved.complaint = found
            proved.mend(shadow, now)
        proved.publish()

    def audited(self, reader: DepthReader, body: bytes, now: int) -> Fault | None:
        """The venue's own book for an audit arrived: the fault, where it proves the live one wrong."""
        proved, found = self._proved, ""
        if proved.live and self.auditor.running:
            try:
                venue = self._read_book(reader, body)
            except (FrameError, BookError) as error:
                proved.entry.detail = f"audit: {error}"
            else:
                found = self.auditor.judge(proved.book, venue, proved.entry)
                if not found:
                    proved.publish()
        self.auditor.end(now)
        return Fault(VenueState.SUSPECT, found) if found else None

    def _read_book(self, reader: DepthReader, body: bytes) -> OrderBook:
        book, frame = self._proved.empty_book(), reader.read(body)
        if frame is None:
            raise FrameError(f"the venue's book could not be read: {body[:80]!r}")
        load_frame(book, frame, whole=False)
        return book

    def give_up(self, now: int) -> None:
        """What goes on beside the live book ends without a result; the next turn tries again."""
        self.refreshing = False
        self._snapshots.held.clear()
        self.auditor.end(now)

    def forget(self) -> None:
        """The book that was looked after is gone."""
        self.refreshing = False
        self.auditor.forget()
