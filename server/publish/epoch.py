"""One life of the server."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """Sequences count within it."""

    start: int
    """Nanoseconds UTC."""

    @classmethod
    def now(cls) -> Epoch:
        """Begins now."""
        return cls(time.time_ns())
