"""Which of many lines are logged: the first of a kind at once, later lines seldom, with the number of omitted lines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PERIOD = 60.0
MOST = 20


class Repeats:
    """Lines of one owner. Thread-safe.

    A kind is said once per `period` seconds, and `most` lines of all kinds are: kinds may be made up by others, too.
    """

    def __init__(self, period: float = PERIOD, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._period = period
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._since = -period
        self._said: dict[str, float] = {}
        """Kinds of this period and of the one before, and when they were said."""
        self._lines = 0
        self._left_out = 0

    def admit(self, kind: str) -> int | None:
        """None if a line of this kind must be left out now; else the number of lines left out since the last line."""
        with self._lock:
            now = self._clock()
            if now - self._since >= self._period:
                self._since, self._lines = now, 0
                self._said = {each: at for each, at in self._said.items() if now - at < self._period}
            if self._lines >= self._most or now - self._said.get(kind, -self._period) < self._period:
                self._left_out += 1
                return None
            self._said[kind] = now
            self._lines += 1
            left_out, self._left_out = self._left_out, 0
            return left_out
