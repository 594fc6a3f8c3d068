"""The watchdog thread of a sync client: it cancels streams that have waited too long for a message.

A blocked `next()` cannot look at a clock, and a deadline per message would cost a system call each. A stream only notes
when it began to wait; time that the user spends between two messages does not count as the server's silence.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import Protocol


class Watched(Protocol):
    """What the watchdog needs of a stream."""

    waiting_since: float | None
    """Monotonic time at which the stream began to wait for its next message; None while it does not wait."""

    def idle(self) -> None:
        """Called once the wait was too long; from the watchdog thread."""


class Watchdog:
    """One thread for all streams of a client; it lives while there are streams."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._streams: weakref.WeakSet[Watched] = weakref.WeakSet()
        self._wake = threading.Condition()  # guards the set and the thread
        self._thread: threading.Thread | None = None

    def watch(self, stream: Watched) -> None:
        """Begin to watch a stream."""
        with self._wake:
            self._streams.add(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="onebook-watchdog", daemon=True)
                self._thread.start()

    def forget(self, stream: Watched) -> None:
        """Stop watching a stream; the thread ends with its last one."""
        with self._wake:
            self._streams.discard(stream)
            self._wake.notify()

    def stop(self) -> None:
        """Forget all streams, which ends the thread."""
        with self._wake:
            self._streams.clear()
            self._wake.notify()

    def _run(self) -> None:
        with self._wake:
            while self._streams:
                # A stream that is not waiting now cannot be due earlier than one timeout from now.
                self._wake.wait(max(0.001, self._check(time.monotonic()) - time.monotonic()))
            self._thread = None

    def _check(self, now: float) -> float:
        """Cancel what is due; the time of the next check."""
        due = now + self._timeout
        for stream in list(self._streams):
            since = stream.waiting_since
            if since is None:
                continue
            if now - since >= self._timeout:
                stream.waiting_since = None
                stream.idle()
            else:
                due = min(due, since + self._timeout)
        return due
