"""What a venue has sent over all of its connections, those that have ended included."""

from __future__ import annotations

import threading

from ..connection.connection_thread import Connection
from ..connection.received import Received


class ReceivedTotal:
    """Adds up what the connections themselves count; nothing is counted a second time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: list[Connection] = []
        self._ended = Received(0, 0)

    def add(self, connection: Connection) -> None:
        """One more connection, which is not started yet."""
        with self._lock:
            self._fold()
            self._connections.append(connection)

    def total(self) -> Received:
        """The sums so far; they never fall."""
        with self._lock:
            self._fold()
            return sum((each.traffic for each in self._connections), self._ended)

    def _fold(self) -> None:
        """Keeps the counts of connections whose threads have ended, and not the connections."""
        ended = [each for each in self._connections if each.thread.ident is not None and not each.thread.is_alive()]
        if ended:
            self._ended = sum((each.traffic for each in ended), self._ended)
            self._connections = [each for each in self._connections if each not in ended]
