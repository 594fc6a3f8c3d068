"""What a format does with the events of a recording."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter

from orderbook_ext import BookUpdate

from ..model import Trade
from ..protocol.candle_source import OpenInterest
from .export_market import ExportMarket
from .level_book import LevelBook


class Sink(ABC):
    """A format's writer. Times are nanoseconds UTC; `at` is the time of receipt, and never falls.

    Sizes are in base units. All calls raise ExportError where a file cannot be written.
    """

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        """Rows by kind, for people."""
        self.files = 0
        """Files that were completed."""

    @abstractmethod
    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        """A trade happened."""

    @abstractmethod
    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        """A venue's book changed. `book` is the book before this update: the sink applies the update."""

    def open_interest(self, market: ExportMarket, update: OpenInterest, at: int) -> None:  # noqa: B027
        """A venue has sent its open interest; formats without a place for open interest leave the update out."""

    @abstractmethod
    def finish(self) -> None:
        """Completes all files."""

    @abstractmethod
    def discard(self) -> None:
        """Removes the files that are not complete."""
