"""When the records of a recording are due, at a chosen speed."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..neighbours import recording
from ..units import SECOND

LONGEST_TURN = 0.05
"""Seconds after which a wait for the next record looks whether it is to end."""


class PlayedPace:
    """Keeps the pauses between the records of each run of the server, divided by the speed."""

    def __init__(self, speed: float, turn: Callable[[float], None]) -> None:
        """`speed`: seconds of the recording per second, above 0. `turn` publishes what changed, after waiting at most
        this number of seconds."""
        self._speed, self._turn = speed, turn
        self._began: tuple[int, float] | None = None
        """Times of the recording (nanoseconds) and of this machine (seconds) from which the pace counts."""

    def wait_for(self, record: recording.Record, stop: Callable[[], bool]) -> None:
        """Waits until a record is due, or until `stop` says so. What changed is published meanwhile."""
        if record.kind == recording.Kind.RUN:
            self._began = None
            return
        if self._began is None:
            self._began = record.monotonic, time.monotonic()
        due = self._began[1] + (record.monotonic - self._began[0]) / SECOND / self._speed
        while (left := due - time.monotonic()) > 0 and not stop():
            self._turn(min(left, LONGEST_TURN))
