"""Recordings of captures for the tests of exports, and sinks that look."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orderbook_ext import BookUpdate
from recording import Kind, Record
from server.export.export_market import ExportMarket
from server.export.level_book import LevelBook
from server.export.recording_player import play_into
from server.export.sink import Sink
from server.model import Trade
from server.replay.played_run import PlayedRun
from tests.replay.test_player import LONGEST, PLAYED, of

__all__ = ["LONGEST", "PLAYED", "Collected", "Numbers", "numbers", "of", "play", "records_of", "run_of"]


DEEP = ("coinbase_advanced/",)
"""Captures of books with tens of thousands of levels: each comparison of two books takes long."""
FEW = 60
"""Records of these."""


def records_of(capture: str, most: int) -> list[Record]:
    """The first records of a capture."""
    return of(capture, min(most, FEW) if capture.startswith(DEEP) else most)


def run_of(records: Sequence[Record]) -> PlayedRun:
    """The settings that a recording begins with."""
    return PlayedRun.of(next(record.body for record in records if record.kind == Kind.RUN))


def play(sink: Sink, records: Sequence[Record], begin: int = 0) -> None:
    """Plays records into a sink and finishes the sink."""
    play_into(sink, records, run_of(records), begin=begin)
    sink.finish()


Numbers = dict[Decimal, Decimal]
"""Sizes by price."""


def numbers(book: LevelBook) -> tuple[Numbers, Numbers]:
    """Bids and asks of a book."""

    def side(levels: list[tuple[int, int]]) -> Numbers:
        return {
            Decimal(price).scaleb(-book.price_decimals): Decimal(size).scaleb(-book.size_decimals)
            for price, size in levels
        }

    return side(book.bids.best()), side(book.asks.best())


class Collected(Sink):
    """Keeps what a sink is told."""

    def __init__(self, *, keeps_books: bool = False) -> None:
        super().__init__()
        self.trades: list[tuple[ExportMarket, Trade, int]] = []
        self.updates: list[tuple[ExportMarket, BookUpdate, int]] = []
        self.books: dict[str, dict[int, tuple[Numbers, Numbers]]] = {}
        """By symbol, and by time of receipt: the book after the last update of that time. Filled by keeps_books."""
        self._keeps_books = keeps_books

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        self.trades.append((market, trade, at))

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        book.apply(update)
        self.updates.append((market, update, at))
        if self._keeps_books:
            self.books.setdefault(market.symbol, {})[at] = numbers(book)

    def finish(self) -> None:
        """There are no files."""

    def discard(self) -> None:
        """There are no files."""
