"""The time by which books, events and messages are dated: the system's, or that of a recording which is played.

All code that dates what venues send, or waits for their time to pass, asks here: clock.time_ns(), and so on, never an
imported name, as install() replaces the functions. What concerns this machine (sockets, threads, clients) asks `time`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from orderbook_ext import PlayedTime

_FARTHEST = 2**63 - 1
time_ns: Callable[[], int] = time.time_ns
"""Nanoseconds since 1970 UTC."""
monotonic_ns: Callable[[], int] = time.monotonic_ns
"""Nanoseconds of a clock that is never set."""
monotonic: Callable[[], float] = time.monotonic
"""The same in seconds."""

played = False
"""Whether this is the time of a recording."""


class PlayedClock(PlayedTime):
    """The time of a recording: it stands still between two records."""

    def begin_run(self, utc: int, monotonic: int) -> None:
        """A server was started: its monotonic clock may be another, and goes on where the run before ended."""
        elapsed = self.elapsed + max(0, utc - self.utc) if self.utc else monotonic
        self.shift = max(-_FARTHEST, min(elapsed - monotonic, _FARTHEST))
        self.set(utc, monotonic)

    def install(self) -> None:
        """Makes this the clock of the process; to be called before anything asks for the time."""
        global time_ns, monotonic_ns, monotonic, played
        played = True
        time_ns, monotonic_ns, monotonic = self.time_ns, self.monotonic_ns, self.monotonic


def restore() -> None:
    """Makes the system's clock the clock of the process again."""
    global time_ns, monotonic_ns, monotonic, played
    played = False
    time_ns, monotonic_ns, monotonic = time.time_ns, time.monotonic_ns, time.monotonic
