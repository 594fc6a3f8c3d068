"""Limits of the rate of calls, per client and in total."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class CallRate:
    """A limit of calls per second, with a burst. Thread-safe."""

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


# Clients that are remembered; whoever was not heard of for longer than these begins anew.
CLIENTS = 1_000
# What all clients may do together, in shares of one.
TOGETHER = 5


class SharedRate:
    """The same limit per client, and five times this limit for all clients together. Thread-safe."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_second = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._all = CallRate(TOGETHER * per_second, TOGETHER * burst, clock)
        self._of: OrderedDict[str, CallRate] = OrderedDict()

    def delay(self, client: str) -> float:
        """Seconds until this client may make a call; 0 means that it was counted and may be made now."""
        with self._lock:
            own = self._of.pop(client, None) or CallRate(self.per_second, self._burst, self._clock)
            self._of[client] = own
            if len(self._of) > CLIENTS:
                self._of.popitem(last=False)
        return own.delay() or self._all.delay()
