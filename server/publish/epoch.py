"""One run of the server process."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """Sequences count within one epoch."""

    start: int
    """Nanoseconds UTC."""

    @classmethod
    def now(cls) -> Epoch:
        """Begins now."""
        return cls(time.time_ns())
