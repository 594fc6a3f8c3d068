"""DigestChain in plain Python."""

from __future__ import annotations

from collections import deque

from ._reference_book_status import BookStatus, digest_of
from .digest import mix
from .model import LIVE
from .updates import UpdateKind

STEPS = 64


class DigestChain:
    """A digest of all states of one venue's book; see the interface in _book.pyi."""

    def __init__(self, entry: BookStatus) -> None:
        self.entry = entry
        self._value = self._frames = 0
        self._steps: deque[tuple[int, int]] = deque(maxlen=STEPS)
        with entry.lock:
            entry._observers = (*entry._observers, self)
            self._put(UpdateKind.SHOWN if entry.state == LIVE else UpdateKind.HIDDEN)

    def close(self) -> None:
        with self.entry.lock:
            self.entry._observers = tuple(each for each in self.entry._observers if each is not self)

    def read(self) -> tuple[int, int]:
        with self.entry.lock:
            return self._value, self._frames

    def digests_at(self, sequence: int) -> tuple[int, ...]:
        with self.entry.lock:
            return tuple(digest for at, digest in self._steps if at == sequence)

    def _put(self, kind: UpdateKind) -> None:
        """Takes an update; the lock is held."""
        if kind is UpdateKind.HIDDEN or self.entry.book is None:
            return
        digest = digest_of(self.entry.book)
        self._steps.append((self.entry.sequence, digest))
        if kind is UpdateKind.FRAME:
            self._value = mix(mix(self._value, max(0, self.entry.sequence)), digest)
            self._frames += 1
