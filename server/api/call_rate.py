"""How often something may be called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CallRate:
    """So many calls per second, and a burst of them. Thread-safe."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._burst = self._left = float(burst)
        self._clock = clock
        self._filled = clock()
        self._lock = threading.Lock()

    def delay(self) -> float:
        """Seconds until a call may be made; 0 means that it was counted and may be made now."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._filled) * self.per_second)
            self._filled = now
            if self._left < 1.0:
                return (1.0 - self._left) / self.per_second
            self._left -= 1.0
            return 0.0
