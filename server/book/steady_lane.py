"""The way of frames that need no decision: in C, while nothing else is going on with their book."""

from __future__ import annotations

from typing import Protocol

from orderbook_ext import BookLane, BookLock, ConsistencyLock, SequenceState

from ..protocol.sequence import steady_kind
from .depth_reader import Frame
from .monitors import Monitors
from .proved_book import ProvedBook
from .staleness import StalenessDetector


class LaneOwner(Protocol):
    """Decides about what the lane leaves open."""

    def prove(self, frame: Frame, received: int, monotonic: int, matches: bool | None) -> None:
        """The lane has taken a frame whose book is crossed, or is not what the venue's checksum says."""
        ...


class Settling(Protocol):
    """A part of a book's state machine."""

    @property
    def settled(self) -> bool:
        """Whether frames in plain order concern nothing in this part."""
        ...


class SteadyLane:
    """Armed while every part of the book is settled; the owner disarms it before it does anything with the book."""

    def __init__(
        self,
        owner: LaneOwner,
        proved: ProvedBook,
        monitors: Monitors,
        silence: StalenessDetector,
        lock: BookLock,
        consistency_lock: ConsistencyLock,
        *others: Settling,
    ) -> None:
        self._proved = proved
        self._parts: tuple[Settling, ...] = (proved, monitors, *others)
        plan, rule, kind = proved.plan, proved.rule, steady_kind(proved.rule)
        self.lane: BookLane | None = None
        """None where the venue's sequence rule has no counterpart in C."""
        if kind:
            self.lane = BookLane(
                owner, consistency_lock, lock, silence, monitors.bbo.awaited, kind=kind,
                time_unit=plan.time_unit, whole_frames=rule.whole_frames, checksum=plan.checksum,
            )  # fmt: skip

    @property
    def armed(self) -> bool:
        """Whether frames in plain order need nobody's decision now."""
        return self.lane is not None and self.lane.armed

    def disarm(self) -> None:
        """From now on every frame is decided about."""
        if self.lane is not None:
            self.lane.disarm()

    def settle(self) -> None:
        """Arms the lane if nothing is going on with the book."""
        lane, proved = self.lane, self._proved
        if lane is None or lane.armed or not all(part.settled for part in self._parts):
            return
        if isinstance(proved.rule, SequenceState):
            lane.arm(proved.book, proved.entry, proved.rule, proved.on_change)
