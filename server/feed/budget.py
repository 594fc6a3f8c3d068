"""What we may ask of a venue in a time window, and how long to wait for it."""

from __future__ import annotations

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


class Pace:
    """At most so many actions in any second, less a reserve for what is not ours to time (pongs). Used by one thread.

    Venues count in a second of their own, and what left evenly may arrive in a bunch: hence the longer window.
    """

    def __init__(self, per_second: float, reserve: float = 0.2, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = max(1, int(per_second * (1.0 - reserve)))
        self._window = 1.25
        self._clock = clock
        self._taken: deque[float] = deque(maxlen=self._most)

    def take(self) -> bool:
        """Whether one action may happen now; it is counted."""
        now = self._clock()
        if len(self._taken) == self._most and now - self._taken[0] < self._window:
            return False
        self._taken.append(now)
        return True
