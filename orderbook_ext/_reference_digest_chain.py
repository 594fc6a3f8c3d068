"""DigestChain in plain Python."""

from __future__ import annotations

from ._reference_book_status import BookStatus
from .digest import mix
from .updates import UpdateKind


class DigestChain:
    """A digest of all states of one venue's book; see the interface in _book.pyi."""

    def __init__(self, entry: BookStatus) -> None:
        self.entry = entry
        self._value = self._frames = 0
        with entry.lock:
            entry._observers = (*entry._observers, self)

    def close(self) -> None:
        with self.entry.lock:
            self.entry._observers = tuple(each for each in self.entry._observers if each is not self)

    def read(self) -> tuple[int, int]:
        with self.entry.lock:
            return self._value, self._frames

    def _put(self, kind: UpdateKind) -> None:
        """Takes an update; the lock is held."""
        if kind is UpdateKind.FRAME and self.entry.book is not None:
            self._value = mix(mix(self._value, max(0, self.entry.sequence)), self.entry._digest())
            self._frames += 1
