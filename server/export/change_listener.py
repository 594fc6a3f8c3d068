"""Hands every trade and every change of a book to a format, in the order of the recording."""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookUpdate, ChangeLog, UpdateKind

from .. import clock
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import Instrument, Trade
from ..protocol.candle_source import OpenInterest
from .export_error import ExportError
from .export_market import ExportMarket
from .level_book import LevelBook
from .sink import Sink

CAPACITY = 4096
"""Updates of one book that one record of a recording can cause: a snapshot brings the frames that waited for it."""


class _FollowedBook:
    """One venue's book, from the moment at which the export begins."""

    def __init__(self, market: Market, venue: str) -> None:
        self.entry = market.entries[venue]
        self.log = ChangeLog(self.entry, capacity=CAPACITY)
        self.book = LevelBook()


class ChangeListener(MarketListener):
    """A listener of the dispatcher, to be called after each record of the recording."""

    def __init__(self, sink: Sink, instrument: Callable[[str, Market], Instrument | None], begin: int = 0) -> None:
        """`instrument`: of a venue's pair; `begin`: what is before is left out, nanoseconds UTC."""
        self._sink, self._instrument, self._begin = sink, instrument, begin
        self._books: dict[Market, dict[str, _FollowedBook]] = {}
        self._entries: dict[Market, object] = {}
        """By market: the entries that are followed."""
        self._markets: dict[tuple[Market, str], ExportMarket] = {}
        self._last: dict[tuple[Market, str], int] = {}
        """The time of the last event of a market's venue: times never fall, whatever the clock of the machine did."""
        self.error: Exception | None = None
        """Why the export cannot go on: the dispatcher would log what a listener raises, and continue."""

    # -- markets ---------------------------------------------------------------------------------------------------

    def market_added(self, market: Market) -> None:
        """Begins."""
        self._books[market] = {}

    def market_removed(self, market: Market) -> None:
        """Ends: its books are withdrawn."""
        for venue in list(self._books.get(market, ())):
            self._guarded(lambda venue=venue: self._withdraw(market, venue))  # type: ignore[misc]
        self._books.pop(market, None)
        self._entries.pop(market, None)

    # -- events ----------------------------------------------------------------------------------------------------

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:  # noqa: ARG002
        """A trade happened."""
        if self._begun():
            self._guarded(lambda: self._sink.trade(self._of(market, venue), trade, self._at(market, venue)))

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:  # noqa: ARG002
        """A venue has sent its open interest."""
        if self._begun():
            self._guarded(lambda: self._sink.open_interest(self._of(market, venue), update, self._at(market, venue)))

    def book_changed(self, market: Market) -> None:
        """A book of the market changed."""
        if self._begun():
            self._guarded(lambda: self._take(market))

    def tick(self) -> None:
        """Time passes. Books that come, and all books when the export begins, are followed from now on."""
        if self._begun():
            self._guarded(self._follow)

    def close(self) -> None:
        """Ends: books that are withdrawn from now on are withdrawn by the end of the replay alone."""
        for books in self._books.values():
            for followed in books.values():
                followed.log.close()
        self._books.clear()

    # -- books -----------------------------------------------------------------------------------------------------

    def _begun(self) -> bool:
        return self.error is None and clock.time_ns() >= self._begin

    def _at(self, market: Market, venue: str) -> int:
        """The time of an event that happens now."""
        at = self._last[market, venue] = max(self._last.get((market, venue), 0), clock.time_ns())
        return at

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            self.error = error

    def _follow(self) -> None:
        for market, books in self._books.items():
            entries = market.entries
            if self._entries.get(market) is entries:
                continue
            self._entries[market] = entries
            for venue in list(books):
                if entries.get(venue) is not books[venue].entry:
                    self._withdraw(market, venue)
            for venue in entries:
                if venue not in books:
                    books[venue] = _FollowedBook(market, venue)
            self._take(market)

    def _withdraw(self, market: Market, venue: str) -> None:
        """The venue's book is no longer there."""
        followed = self._books[market].pop(venue)
        followed.log.close()
        self._hand_on(market, venue, followed)
        book = followed.book
        if book.shown:
            scales = book.price_decimals, book.size_decimals
            at = self._at(market, venue)
            gone = BookUpdate(UpdateKind.HIDDEN, book.exchange_time, at, 0, *scales, (), ())
            self._sink.book(self._of(market, venue), book, gone, at)

    def _take(self, market: Market) -> None:
        for venue, followed in self._books.get(market, {}).items():
            if followed.log.waiting:
                self._hand_on(market, venue, followed)

    def _hand_on(self, market: Market, venue: str, followed: _FollowedBook) -> None:
        updates, lost = followed.log.take()
        if lost:
            raise ExportError(f"{market.name} on {venue}: one record changed the book more than {CAPACITY} times")
        of, at = self._of(market, venue), self._at(market, venue)
        for update in updates:
            self._sink.book(of, followed.book, update, at)

    def _of(self, market: Market, venue: str) -> ExportMarket:
        key = market, venue
        found = self._markets.get(key)
        if found is None:
            instrument = self._instrument(venue, market)
            found = ExportMarket.of(venue, market.pair, instrument)
            if instrument is not None:
                self._markets[key] = found
        return found
