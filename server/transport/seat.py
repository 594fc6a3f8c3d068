"""The place of a process that the server starts: it has one life after the other."""

from __future__ import annotations

import logging
import signal
import subprocess
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from ..backoff import Backoff
from ..logs import about
from ..printable import printable

log = logging.getLogger(__name__)

HANGS = 3.0
"""Seconds after which a process whose thread does not move is killed."""
STARTS_WITHIN = 30.0
"""Seconds from the start of a process until it serves, or is killed."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds from the end of a process to its next life; from a first life that ends soon on they grow."""
HEALTHY = 30.0
"""Seconds after which the end of a process is as good as the first."""


class Life(Protocol):
    """A process from its start to its end."""

    @property
    def ready(self) -> bool:
        """Whether it has said that it serves."""
        ...

    @property
    def lost(self) -> bool:
        """Whether nothing more is heard of it."""
        ...

    def hangs_for(self, now: float, pause: float) -> float:
        """Seconds for which it has not moved; of the time between two looks no more than `pause` counts."""
        ...

    def kill(self, why: str) -> None:
        """Ends it at once, and says so once."""

    def wait(self, seconds: float) -> int:
        """Waits for its end, and brings it about after so long. Its exit status, or minus the signal that ended it."""
        ...


LifeT = TypeVar("LifeT", bound=Life)


class Seat(Generic[LifeT]):
    """Starts a process and watches it. One thread's."""

    def __init__(self, words: str, start: Callable[[int], LifeT | None]) -> None:
        """`words`: what the log calls the process; `start` starts its life of this number, or none as the server stops.
        It raises OSError."""
        self.process: LifeT | None = None
        self._words = words
        self._start = start
        self._lives = 0
        self._since = 0.0
        """When its life, or its pause, began."""
        self._due = 0.0
        self._pauses = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._end = ""

    def look(self, now: float, pause: float) -> float:
        """Does what is to be done now (monotonic seconds), after a pause of so many seconds at most.

        Returns the seconds until the next look, at most."""
        process = self.process
        if process is not None and process.lost:
            self._bury(process.wait(1.0), now)
        elif process is not None:
            self._watch(process, now, pause)
        if self.process is None and now >= self._due:
            self._begin(now)
        return self._due - now if self.process is None and self._due > now else pause

    def _begin(self, now: float) -> None:
        try:
            self.process = self._start(self._lives)
        except OSError as error:
            self._rest(now, f"could not be started ({error.strerror or error})")
            log.error("%s %s", self._words, printable(self._end), extra=about("process_not_started"))
            return
        if self.process is None:
            return
        if self._end:
            text = "%s %s; started anew after %.1f s"
            log.error(text, self._words, self._end, now - self._since, extra=about("process_restarted"))
        self._lives += 1
        self._since = now

    def _watch(self, process: LifeT, now: float, pause: float) -> None:
        if process.hangs_for(now, pause) > HANGS:
            process.kill(f"has not moved for {HANGS:g} s")
        elif not process.ready and now - self._since > STARTS_WITHIN:
            process.kill(f"has not begun to serve within {STARTS_WITHIN:g} s")

    def _bury(self, status: int, now: float) -> None:
        if now - self._since > HEALTHY:
            self._pauses.reset()
        self.process = None
        self._rest(now, f"ended {_how(status)}")

    def _rest(self, now: float, end: str) -> None:
        self._end = end
        self._since = now
        self._due = now + self._pauses.next()


def _how(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    return f"by signal {-status} ({signal.strsignal(-status)})"


def end_of(process: subprocess.Popen[bytes], seconds: float) -> int:
    """The exit status of a process, or minus the signal that ended it; it is killed if it has not ended by then."""
    try:
        return process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
