"""How long a book has been crossed within itself."""

from __future__ import annotations

from orderbook_ext import OrderBook

from ..model import VenueState
from ..units import SECOND
from .monitor import Fault

# A book may be crossed for a moment on some venues; it is hidden at once and rebuilt when that lasts.
FRAMES = 5
SPELL = SECOND

CROSSED = "best bid at or above best ask"


class CrossedMonitor:
    """Counts the frames and the time of a crossed spell. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._frames = 0
        self._since = 0

    @property
    def settled(self) -> bool:
        """Whether no crossed spell is going on."""
        return self._frames == 0

    def judge(self, book: OrderBook, evidence: None, now: int) -> Fault | None:
        """A frame was applied: the fault, once the book was crossed after too many frames in a row."""
        del evidence  # The book itself says all.
        if not book.crossed():
            self.restart()
            return None
        self._frames += 1
        self._since = self._since or now
        return Fault(VenueState.CROSSED, f"{CROSSED} for several updates") if self._frames > FRAMES else None

    def overdue(self, now: int) -> Fault | None:
        """Time passes: the fault, once the book has been crossed for more than a second."""
        lasts = self._since > 0 and now - self._since > SPELL
        return Fault(VenueState.CROSSED, f"{CROSSED} for a second") if lasts else None

    def restart(self) -> None:
        """The book is not crossed, or begins anew."""
        self._frames = self._since = 0
