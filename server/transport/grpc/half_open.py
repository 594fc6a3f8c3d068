"""Calls whose request has not arrived yet: limited per connection, and in total at the cost of the connection with the
most such calls."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

C = TypeVar("C")


class TooManyError(Exception):
    """This connection has too many of them."""


class HalfOpen(Generic[C]):
    """Thread-safe."""

    def __init__(self, total: int, per_connection: int) -> None:
        self._total = total
        self._per_connection = per_connection
        self._lock = threading.Lock()
        self._count = 0
        self._of: dict[str, dict[C, None]] = {}
        """By connection, the oldest call first."""

    def __len__(self) -> int:
        return self._count

    def add(self, connection: str, call: C) -> C | None:
        """Returns a call that has to end for this one: the oldest of the connection with most. Raises TooManyError."""
        with self._lock:
            calls = self._of.get(connection, {})
            if len(calls) >= self._per_connection:
                raise TooManyError
            evicted: C | None = None
            if self._count >= self._total:
                greediest = max(self._of, key=lambda name: len(self._of[name]))
                if len(self._of[greediest]) <= len(calls):
                    raise TooManyError
                evicted = next(iter(self._of[greediest]))
                self._drop(greediest, evicted)
            self._of.setdefault(connection, calls)[call] = None
            self._count += 1
            return evicted

    def remove(self, connection: str, call: C) -> None:
        """The request has arrived, or the call is over; a second call does nothing."""
        with self._lock:
            if call in self._of.get(connection, {}):
                self._drop(connection, call)

    def _drop(self, connection: str, call: C) -> None:
        calls = self._of[connection]
        del calls[call]
        if not calls:
            del self._of[connection]
        self._count -= 1
