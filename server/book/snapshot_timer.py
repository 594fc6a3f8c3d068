"""When a book wants its next snapshot."""

from __future__ import annotations

from ..backoff import Backoff
from ..units import SECOND

NEVER = 1 << 62


class SnapshotTimer:
    """At most one snapshot is under way, and attempts that follow one another wait longer.

    All times are monotonic nanoseconds.
    """

    def __init__(self) -> None:
        self.due: int | None = None
        """When to ask; None: not at all."""
        self.pending = False
        """Asked for and not yet answered."""
        self._settle_from: int | None = None
        self._pauses = Backoff(0.5, 30.0)

    @property
    def idle(self) -> bool:
        """Nothing is wanted and nothing is under way."""
        return self.due is None and not self.pending

    def ask(self, at: int) -> None:
        """Asks at this time."""
        self.due, self._settle_from = at, None

    def settle(self, earliest: int, latest: int) -> None:
        """Asks once a frame is held, but not before `earliest`; without a frame at `latest`."""
        self.due, self._settle_from = latest, earliest

    def frame_held(self, now: int) -> None:
        """The stream is known to run."""
        if self._settle_from is not None:
            self.ask(max(now, self._settle_from))

    def wait(self, earliest: int) -> None:
        """What is wanted is not asked for before this time; an answer under way does not count."""
        if self.pending or self.due is not None:
            self.due = max(self.due or earliest, earliest)
        self.pending = False
        if self._settle_from is not None:
            self._settle_from = max(self._settle_from, earliest)

    def retry(self, now: int, least: float) -> None:
        """The last attempt failed: asks again after a growing pause of at least so many seconds."""
        self.ask(now + int(max(least, self._pauses.next()) * SECOND))

    def joined(self) -> None:
        """A snapshot did its work: the next attempt starts without a long pause."""
        self._pauses.reset()

    def cancel(self) -> None:
        """Nothing is wanted any more; an answer under way still counts."""
        self.due = self._settle_from = None

    def take(self, now: int) -> bool:
        """Whether to ask now; it then counts as asked."""
        if self.pending or self.due is None or now < self.due:
            return False
        self.cancel()
        self.pending = True
        return True
