"""Recordings of captures for the tests of exports, and sinks that look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from orderbook_ext import BookUpdate, UpdateKind
from recording import Kind, Record
from server.export.export_market import ExportMarket
from server.export.level_book import LevelBook, LevelSide
from server.export.recording_player import play_into
from server.export.sink import Sink
from server.model import Trade
from server.replay.played_run import PlayedRun
from tests.replay.test_player import LONGEST, PLAYED, of

__all__ = ["LONGEST", "PLAYED", "Collected", "Numbers", "of", "play", "records_of", "run_of"]


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


def numbers(side: LevelSide, book: LevelBook, prices: Iterable[int]) -> Numbers:
    """The sizes at these prices of a side, 0 where there is no level."""
    return {
        Decimal(price).scaleb(-book.price_decimals): Decimal(side.size(price)).scaleb(-book.size_decimals)
        for price in prices
    }


class BookNumbers:
    """A book as numbers: after a frame only what the frame changed is read of the book."""

    def __init__(self) -> None:
        self._sides: tuple[Numbers, Numbers] = ({}, {})

    def after(self, book: LevelBook, update: BookUpdate) -> tuple[Numbers, Numbers]:
        """Bids and asks after an update that the book has applied."""
        if update.kind != UpdateKind.FRAME:
            self._sides = whole(book)
            return whole(book)
        for own, side, changes in zip(self._sides, book.sides, (update.bids, update.asks), strict=True):
            own.update(numbers(side, book, (price for price, _ in changes)))
            for price in [price for price, _ in changes if not side.size(price)]:
                own.pop(Decimal(price).scaleb(-book.price_decimals), None)
            assert len(own) == len(side)
        return dict(self._sides[0]), dict(self._sides[1])


def whole(book: LevelBook) -> tuple[Numbers, Numbers]:
    """All levels of a book."""
    bids, asks = (numbers(side, book, (price for price, _ in side.best())) for side in book.sides)
    return bids, asks


class Collected(Sink):
    """Keeps what a sink is told."""

    def __init__(self, *, keeps_books: bool = False) -> None:
        super().__init__()
        self.trades: list[tuple[ExportMarket, Trade, int]] = []
        self.updates: list[tuple[ExportMarket, BookUpdate, int]] = []
        self.books: dict[str, dict[int, tuple[Numbers, Numbers]]] = {}
        """By symbol, and by time of receipt: the book after the last update of that time. Filled by keeps_books."""
        self._keeps_books = keeps_books
        self._last: dict[str, tuple[LevelBook, BookNumbers]] = {}

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        self.trades.append((market, trade, at))

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        book.apply(update)
        self.updates.append((market, update, at))
        if self._keeps_books:
            _, followed = self._last.setdefault(market.symbol, (book, BookNumbers()))
            self.books.setdefault(market.symbol, {})[at] = followed.after(book, update)

    def finish(self) -> None:
        """There are no files; at the end each book is what was made of its changes."""
        for symbol, (book, _) in self._last.items():
            assert list(self.books[symbol].values())[-1] == whole(book)

    def discard(self) -> None:
        """There are no files."""
