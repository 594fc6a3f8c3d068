"""What one side of a socket says: at once as far as the other side takes it, and the rest later. Nobody waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable


class Outbox:
    """Of one socket, which does not block. Thread-safe."""

    def __init__(self, link: socket.socket, wake: Callable[[], None]) -> None:
        """`wake` has the reading thread call flush() when the socket takes bytes again."""
        self._link = link
        self._wake = wake
        self._lock = threading.Lock()
        self._unsent = bytearray()
        self._closed = False

    @property
    def unsent(self) -> int:
        """Bytes that wait."""
        return len(self._unsent)

    def say(self, said: bytes) -> None:
        """Sends this behind all that was said before. Never blocks."""
        with self._lock:
            if self._closed:
                return
            if self._unsent:
                self._unsent += said
                return
            sent = self._send(said)
            if sent == len(said):
                return
            self._unsent += memoryview(said)[sent:]
        self._wake()

    def flush(self) -> None:
        """Sends what waits, as far as the other side takes it."""
        with self._lock:
            while self._unsent and (sent := self._send(self._unsent)):
                del self._unsent[:sent]

    def close(self) -> None:
        """What waits is dropped, and so is what is said from now on: the socket may be closed then."""
        with self._lock:
            self._closed = True
            self._unsent.clear()

    def _send(self, data: bytes | bytearray) -> int:
        try:
            return self._link.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            # The other side is gone: whoever reads learns so.
            self._unsent.clear()
            return len(data)
