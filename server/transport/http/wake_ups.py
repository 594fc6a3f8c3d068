"""How other threads wake the event loop: at most once per turn of the loop, however many streams have something."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class WakeUps:
    """The steps that the loop is to take. Thread-safe."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._lock = threading.Lock()
        self._steps: dict[Callable[[], object], None] = {}

    def wake(self, step: Callable[[], object]) -> None:
        """Calls this on the loop soon; the same step once, however often it is given before. Never blocks."""
        with self._lock:
            first = not self._steps
            self._steps[step] = None
        if first:
            try:
                self.loop.call_soon_threadsafe(self._run)
            except RuntimeError:
                return  # The loop is closed, and its streams with it.

    def _run(self) -> None:
        with self._lock:
            steps, self._steps = self._steps, {}
        for step in steps:
            step()
