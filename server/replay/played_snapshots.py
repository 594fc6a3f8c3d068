"""The requests of a venue's connections, answered by the recording."""

from __future__ import annotations

from collections.abc import Callable

from ..feed.snapshots import Rank, SnapshotScheduler
from .errands import Errands, PlayedEvent
from .played_rest import PlayedRest, Reply


class PlayedSnapshots(SnapshotScheduler):
    """Each request is an errand that begins at once: the recording says how long its answer took."""

    def __init__(self, venue: str, rest: PlayedRest, errands: Errands[Reply]) -> None:
        super().__init__(venue, rest, PlayedEvent(errands))
        self._errands = errands

    def start(self) -> None:
        """There are no workers."""

    def run(self, rank: Rank, job: Callable[[], None]) -> None:  # noqa: ARG002
        """Begins a request."""
        self._errands.run(f"request-{self._venue}", job)

    def close(self, timeout: float) -> None:
        """There are no workers."""
