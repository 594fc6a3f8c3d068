"""How long a book has been crossed within itself."""

from __future__ import annotations

# A book may be crossed for a moment on some venues; it is hidden at once and rebuilt when it lasts.
FRAMES = 5
SPELL = 1_000_000_000


class CrossedMonitor:
    """Counts the frames and the time of a crossed spell. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._frames = 0
        self._since = 0

    @property
    def counts(self) -> bool:
        """A crossed spell is going on."""
        return self._frames > 0

    def crossed(self, now: int) -> bool:
        """The book is crossed after another frame; True when that has lasted too many of them."""
        self._frames += 1
        self._since = self._since or now
        return self._frames > FRAMES

    def lasts(self, now: int) -> bool:
        """Whether the book has been crossed for too long."""
        return self._since > 0 and now - self._since > SPELL

    def clear(self) -> None:
        """The book is not crossed, or not there."""
        self._frames = self._since = 0
