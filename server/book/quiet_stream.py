"""Whether a stream that says nothing is dead, or only quiet."""

from __future__ import annotations

from orderbook_ext import OrderBook

from ..protocol.sequence import Numbers, SequenceRule
from .depth_reader import level_values, same_levels
from .staleness import StalenessDetector

# Levels per side that the venue's answer must share with the book to confirm it.
CONFIRM_LEVELS = 50


class QuietStream(StalenessDetector):
    """The silence of one stream, and what its book held when it fell silent. Times are monotonic nanoseconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self._levels: object = None

    def remember(self, book: OrderBook) -> None:
        """The stream fell silent; only a new subscription brings its book again."""
        self._levels = level_values(book, CONFIRM_LEVELS)

    def compare(self, book: OrderBook, now: int) -> None:
        """The stream brought a whole book: if that is what it held when it fell silent, nothing had happened."""
        if self._levels is not None and self._levels == level_values(book, CONFIRM_LEVELS):
            self.lengthen(now)
        self._levels = None

    def confirmed_by(self, venue: OrderBook, snapshot: Numbers, book: OrderBook, rule: SequenceRule, now: int) -> bool:
        """Whether the venue's own book, read from `snapshot`, says that a silent stream has missed nothing."""
        same = same_levels(venue, book, CONFIRM_LEVELS) or rule.unchanged(snapshot)
        if same:
            self.lengthen(now)
        return same

    def forget(self) -> None:
        """The book begins anew."""
        self._levels = None
