"""Processes that write until they are killed, and say what is on the disk: forked from one that has all imports."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from .prepared import PROCESSES


class WritingProcess:
    """`write` is called in the process, with a pipe for the numbers that are on the disk, and these arguments."""

    def __init__(self, write: Callable[..., None], first: int, *arguments: Any) -> None:
        numbers, theirs = PROCESSES.Pipe(duplex=False)
        self.acknowledged = first - 1
        self._process = PROCESSES.Process(target=write, args=(theirs, first, *arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._changed = threading.Condition()
        self._batches = 0
        self._listener = threading.Thread(target=self._listen, args=(numbers,))
        self._listener.start()

    def wait_for(self, batches: int) -> None:
        """Waits until it has acknowledged so many batches."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._batches >= batches, 60), "the writer did not write"

    def kill(self) -> None:
        """Ends it by SIGKILL, and takes what it has said before."""
        self._process.kill()
        self._process.join()
        self._listener.join()
        self._process.close()

    def _listen(self, numbers: Connection) -> None:
        with numbers:
            while True:
                try:
                    number = numbers.recv()
                except EOFError:
                    return
                with self._changed:
                    self.acknowledged, self._batches = number, self._batches + 1
                    self._changed.notify_all()
