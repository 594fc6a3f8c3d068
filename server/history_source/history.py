"""The history of a server, as the server's other parts see it."""

from __future__ import annotations

from typing import Protocol

from ..history.store import HistoryStore
from .history_listener import HistoryListener


class History(Protocol):
    """What is kept of the past, and read again."""

    @property
    def listener(self) -> HistoryListener:
        """Hears what is to be kept."""
        ...

    @property
    def store(self) -> HistoryStore:
        """What was kept."""
        ...

    def start(self) -> None:
        """Begins to keep."""

    def settle(self, seconds: float) -> bool:
        """Waits until all that was heard before can be read, at most so many seconds. False: it cannot yet."""
        ...

    def stop(self) -> None:
        """Writes what is left, and ends."""
