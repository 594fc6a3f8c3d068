"""Tells a process that the server which has started it is gone."""

from __future__ import annotations

import os
import select


class EndOfPipe:
    """The end of a pipe to which nothing more is written."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def wait(self, seconds: float) -> bool:
        """Waits for the end, at most so long."""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        return bool(ready) and not os.read(self._descriptor, 4096)
