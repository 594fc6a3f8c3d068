"""Calls that may ask for themselves again, one after the other instead of one inside of the other."""

from __future__ import annotations

import threading
from collections.abc import Callable


class InTurns:
    """A step that is done once per call. A call from within the step makes the step run again when it is over. Each
    thread has turns of its own."""

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step
        self._turn = threading.local()

    def __call__(self) -> None:
        """Does the step, or has it done again by the call that is under way on this thread."""
        turn = self._turn
        turn.again = True
        if getattr(turn, "running", False):
            return
        turn.running = True
        try:
            while turn.again:
                turn.again = False
                self._step()
        finally:
            turn.running = False
