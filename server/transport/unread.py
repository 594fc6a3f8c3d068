"""Bytes of answers that clients have not read yet: a client that does not read is not answered further."""

from __future__ import annotations

import threading
from collections import Counter


class Unread:
    """A limit of unread bytes per connection, and a total above which only connections without unread bytes get
    answers. Thread-safe."""

    def __init__(self, total: int, per_connection: int) -> None:
        self._total = total
        self._per_connection = per_connection
        self._lock = threading.Lock()
        self._all = 0
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._all

    def admits(self, connection: str) -> bool:
        """Whether another answer may be made for this connection. Above the total: only if it read all its answers."""
        with self._lock:
            own = self._of.get(connection, 0)
            return own < self._per_connection and (self._all < self._total or not own)

    def add(self, connection: str, size: int) -> None:
        """An answer of this number of bytes is sent."""
        with self._lock:
            self._all += size
            self._of[connection] += size

    def remove(self, connection: str, size: int) -> None:
        """The answer was read, or its call is over."""
        with self._lock:
            self._all -= size
            self._of[connection] -= size
            if self._of[connection] <= 0:
                del self._of[connection]
