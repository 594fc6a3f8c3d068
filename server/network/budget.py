"""What we may ask of a venue in a time window, and how long to wait for it."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable


class WeightBudget:
    """Request weight within a sliding window. Thread-safe.

    The venue's own count (other programs behind the same address spend it too) overrides ours when it is higher, and
    an order to wait blocks everything until it has passed. A reserve is left for what was not foreseen.
    """

    def __init__(
        self, weight: int, window: float, reserve: float = 0.2, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = weight * (1.0 - reserve)
        self._window = window
        self._clock = clock
        self._spent: deque[tuple[float, float]] = deque()
        self._blocked_until = 0.0
        self._lock = threading.Lock()

    def delay(self, weight: int) -> float:
        """Seconds until a request of this weight may go; 0 means that it was counted and goes now."""
        with self._lock:
            now = self._clock()
            self._expire(now)
            if now < self._blocked_until:
                return self._blocked_until - now
            used = sum(amount for _, amount in self._spent)
            if used + weight <= self._limit or not self._spent:
                self._spent.append((now, float(weight)))
                return 0.0
            return max(0.01, self._spent[0][0] + self._window - now)

    def tight(self) -> bool:
        """Whether half of what may be spent is gone: what can wait should."""
        with self._lock:
            now = self._clock()
            self._expire(now)
            return now < self._blocked_until or sum(amount for _, amount in self._spent) > self._limit / 2

    def block(self, seconds: float) -> None:
        """The venue asked for silence."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._clock() + seconds)

    def reported(self, used: int) -> None:
        """The venue's own count of the weight used in its current window."""
        with self._lock:
            now = self._clock()
            self._expire(now)
            excess = used - sum(amount for _, amount in self._spent)
            if excess > 0:
                self._spent.append((now, float(excess)))

    def _expire(self, now: float) -> None:
        while self._spent and self._spent[0][0] <= now - self._window:
            self._spent.popleft()


# Venues count in a second of their own, and what left evenly may arrive in a bunch: our second is longer.
STRETCH = 1.25


def message_step(per_second: float, reserve: float = 0.2) -> float:
    """Seconds between two messages so that no second has too many; a reserve is for pongs, which are not timed."""
    return STRETCH / max(1, int(per_second * (1.0 - reserve)))


class Pace:
    """Actions at least `step` seconds apart. Thread-safe.

    Turns are not given out ahead: several that are late would come at once.
    """

    def __init__(self, step: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._step = step
        self._clock = clock
        self._next = -math.inf
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Seconds until an action may be tried; 0 means that it was counted and happens now."""
        with self._lock:
            now = self._clock()
            if now < self._next:
                return self._next - now
            self._next = now + self._step
            return 0.0
