"""How one thread reads a socket, writes what its outbox holds, and is woken by others."""

from __future__ import annotations

import os
import select
import socket

from .outbox import Outbox

PIECE = 1 << 18
"""Bytes that are read at once."""


class Alarm:
    """A pipe that wakes a thread that waits for it. Thread-safe."""

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        for end in (self.reading, self._writing):
            os.set_blocking(end, False)

    def ring(self) -> None:
        """Wakes the thread."""
        try:
            os.write(self._writing, b"x")
        except BlockingIOError:
            return  # It is awake, or will be.

    def hush(self) -> None:
        """Forgets all rings."""
        try:
            while os.read(self.reading, 4096):
                pass
        except BlockingIOError:
            return

    def close(self) -> None:
        """Gives the pipe back."""
        os.close(self.reading)
        os.close(self._writing)


class LinkWait:
    """Waits for a socket or an alarm. One thread's."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm

    def wait(self, link: socket.socket | None, outbox: Outbox | None, seconds: float) -> bool:
        """Waits for so long at most, and sends what the socket takes; whether there is something to be read."""
        poll = select.poll()
        poll.register(self._alarm.reading, select.POLLIN)
        if link is not None:
            wanted = select.POLLOUT if outbox is not None and outbox.unsent else 0
            poll.register(link, select.POLLIN | wanted)
        found = dict(poll.poll(max(0.0, seconds) * 1000))
        if self._alarm.reading in found:
            self._alarm.hush()
        events = 0 if link is None else found.get(link.fileno(), 0)
        if events & select.POLLOUT and outbox is not None:
            outbox.flush()
        return bool(events & ~select.POLLOUT)
