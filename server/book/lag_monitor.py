"""How long a stream may stay behind the book that a snapshot began."""

from __future__ import annotations

from typing import NamedTuple

from orderbook_ext import OrderBook

from ..model import VenueState
from ..units import SECOND
from .monitor import Fault

# A snapshot may be ahead of its stream, but not by more; else the venue's numbers began anew, and nothing moves.
BEHIND = 3 * SECOND


class OldUpdate(NamedTuple):
    """A frame from before the book's newest update."""

    position: int
    """The venue's number of the book's newest update."""
    last_id: int
    """The number of the frame's newest update."""


class LagMonitor:
    """Counts how long all frames have been older than the book. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._since = 0

    @property
    def settled(self) -> bool:
        """Whether the last frame was newer than the book."""
        return self._since == 0

    def judge(self, book: OrderBook, evidence: OldUpdate, now: int) -> Fault | None:
        """Another old frame arrived: the fault, once nothing else has arrived for three seconds."""
        del book  # Its position says all.
        self._since = self._since or now
        if now - self._since <= BEHIND:
            return None
        return Fault(
            VenueState.GAP,
            f"updates stay behind the book: its newest update is {evidence.position}, {evidence.last_id} arrived",
        )

    def restart(self) -> None:
        """A newer frame arrived, or the book begins anew."""
        self._since = 0
