"""Processor time of threads by their names, as Linux counts it; elsewhere there is none."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

TASKS = Path("/proc/self/task")


class ThreadCpu:
    """Sums per name which never fall: what a thread had when it was last seen stays when the thread has ended."""

    def __init__(self, tasks: Path = TASKS) -> None:
        self._tasks = tasks
        self._lock = threading.Lock()
        self._seen: dict[threading.Thread, float] = {}
        self._ended: Counter[str] = Counter()

    def seconds(self, threads: Iterable[threading.Thread]) -> dict[str, float]:
        """By the name of the threads, for these and for those of earlier calls."""
        with self._lock:
            running = {thread: spent for thread in threads if (spent := self._spent(thread)) is not None}
            for thread, spent in self._seen.items():
                if thread not in running:
                    self._ended[thread.name] += spent  # type: ignore[assignment]
            self._seen = running
            sums = Counter(self._ended)
            for thread, spent in running.items():
                sums[thread.name] += spent  # type: ignore[assignment]
            return dict(sums)

    def _spent(self, thread: threading.Thread) -> float | None:
        """Seconds of one thread; None if it does not run."""
        if thread.native_id is None or not thread.is_alive():
            return None
        try:
            stat = (self._tasks / str(thread.native_id) / "stat").read_text()
        except OSError:
            return None  # It has ended meanwhile, or this system has no such files.
        # After the name, which may hold any character: field 3 and on. Fields 14 and 15 are its ticks.
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
