"""Until when the answer that a thread is making is wanted."""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import NamedTuple


class Deadline(NamedTuple):
    """The end of the time that a caller gave."""

    at: float
    """Monotonic seconds."""
    words: str
    """What the caller is told when it has passed."""

    @property
    def left(self) -> float:
        """Seconds until then, not below 0."""
        return max(0.0, self.at - time.monotonic())


deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
"""None: as long as it takes."""
