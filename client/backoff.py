"""How long to wait before the next attempt: exponential, capped, jittered, forgiven after a healthy spell."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """A policy; it keeps no state."""

    first: float = 0.25
    """Longest first pause in seconds."""
    factor: float = 2.0
    longest: float = 10.0
    """No pause is longer, in seconds, unless the server asks for it."""
    healthy: float = 10.0
    """A stream that lived this many seconds since its first message starts again at the first pause."""

    def delay(self, attempt: int, at_least: float | None = None, rng: random.Random | None = None) -> float:
        """Seconds before attempt 1, 2, ...: between half and all of the step, so that clients do not return as a herd.

        `at_least` is the server's own wish (RetryInfo); the jitter then comes on top of it.
        """
        # The exponent is bounded so that a client that waits for days does not overflow a float.
        step = min(self.longest, self.first * self.factor ** min(attempt - 1, 64))
        draw = (rng or random).uniform(step / 2, step)
        return draw if at_least is None else at_least + draw / 2
