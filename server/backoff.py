"""Growing, jittered pauses between attempts."""

from __future__ import annotations

import random
from collections.abc import Callable

draw: Callable[[], float] | None = None
"""Where the jitter of all pauses comes from, 0 to 1; None: from chance. A replay sets this to least()."""


def least() -> float:
    """The jitter of the shortest pauses."""
    return 0.0


class Backoff:
    """Pauses that double from `first` to `cap` seconds, each drawn from the upper half of its range.

    The jitter keeps many clients of a venue that comes back from knocking at the same moment.
    """

    def __init__(self, first: float, cap: float, rng: random.Random | None = None) -> None:
        self._first = first
        self._cap = cap
        self._rng = rng or random.Random()
        self.attempts = 0

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling = min(self._cap, self._first * 2.0 ** min(self.attempts, 32))
        self.attempts += 1
        jitter = self._rng.random() if draw is None else draw()
        return ceiling * (0.5 + jitter / 2)

    def reset(self) -> None:
        """After a healthy spell the next pause is short again."""
        self.attempts = 0
