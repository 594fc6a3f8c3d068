"""One venue at an edge: its markets are read from the topics in place of the venue's connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from ..connection.received import Received
from ..errors import CommandError
from ..feed.feed_options import FeedOptions
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Instrument, Listing, Pair, Reach, VenueState
from ..protocol.venue import TradeIds, Venue
from ..threads import Supervised
from .counters import EdgeCounters
from .events import BookState, TradeSeen
from .venue_books import VenueBooks

REFUSAL = "this server is an edge, which shows what ingesters publish: send the command to the ingester"
WAITING = "no record of an ingester has come yet"


class EdgeFeed:
    """The feed of a venue for the registry. Its records come from the thread that reads the topics."""

    def __init__(
        self, venue: Venue, options: FeedOptions, markets: Mapping[Pair, Market], listener: FeedListener,
        listed: Callable[[Pair, str], Listing], counters: EdgeCounters,
    ) -> None:  # fmt: skip
        """`listed`: how the venue lists a pair, as far as ingesters say."""
        self.venue, self.options = venue, options
        self.discovered = threading.Event()
        self.discovered.set()
        self.listings: dict[Pair, Listing] = {}
        self._listener, self._listed, self._counters = listener, listed, counters
        self._begun = tuple(markets.values())
        self._books: dict[Pair, VenueBooks] = {}
        """Replaced, never changed: it is read by other threads."""
        for market in markets.values():
            self.add(market)

    @property
    def connections(self) -> int:
        """An edge has no connection to a venue."""
        return 0

    @property
    def received(self) -> Received:
        """Nothing comes from the venue itself."""
        return Received(0, 0)

    @property
    def threads(self) -> list[Supervised]:
        """There is no thread of the venue."""
        return []

    @property
    def sources(self) -> int:
        """The largest number of ingesters that write one of the markets."""
        return max((books.sources for books in self._books.values()), default=0)

    def start(self) -> None:
        """Follows the markets to which this venue was added after the feed was made. There is no thread."""
        for market in self._begun:
            if market.pair in self.listings and market.pair not in self._books:
                self.add(market)

    def go(self) -> None:
        """There is nothing to connect."""

    def stop(self) -> None:
        """There is no thread of the venue."""

    def join(self, timeout: float) -> None:
        """There is no thread of the venue."""

    # -- records -----------------------------------------------------------------------------------------------------

    def book(self, pair: Pair, state: BookState, now: int) -> None:
        """A record of a book."""
        books = self._books.get(pair)
        if books is not None:
            books.book(state, now)

    def trade(self, pair: Pair, seen: TradeSeen, now: int) -> None:
        """A record of a trade or of a gap."""
        books = self._books.get(pair)
        if books is not None:
            books.trade(seen, now)

    def tick(self, now: int) -> None:
        """Time passes."""
        for books in self._books.values():
            books.tick(now)

    def relist(self, pair: Pair) -> None:
        """An ingester says something new of a pair."""
        books = self._books.get(pair)
        if books is not None:
            books.relist(self._list(books.market))

    # -- markets -----------------------------------------------------------------------------------------------------

    def add(self, market: Market) -> Listing:
        """Follows a market from now on. Returns the venue's listing of it."""
        instrument = self._list(market)
        entry = market.entries.get(self.venue.NAME)
        if entry is not None:
            consecutive = self.venue.TRADE_IDS is TradeIds.CONSECUTIVE
            books = VenueBooks(market, entry, instrument, self._listener, self._counters, consecutive=consecutive)
            self._books = {**self._books, market.pair: books}
            unlisted = self.listings[market.pair].reach is Reach.UNLISTED
            state = VenueState.UNSUPPORTED if unlisted else VenueState.CONNECTING
            market.report(self.venue.NAME, state, self.listings[market.pair].detail if unlisted else WAITING)
        return self.listings[market.pair]

    def remove(self, pair: Pair) -> None:
        """Follows a market no longer."""
        self._books = {each: books for each, books in self._books.items() if each != pair}
        self.listings.pop(pair, None)

    def _list(self, market: Market) -> Instrument | None:
        listing = self.listings[market.pair] = self._listed(market.pair, self.venue.NAME)
        return listing.instrument

    # -- commands ----------------------------------------------------------------------------------------------------

    def resync(self, pair: Pair) -> bool:  # noqa: ARG002
        """Raises CommandError: an edge has no connection to a venue."""
        raise CommandError(REFUSAL)

    def reconnect(self, pair: Pair | None) -> int:  # noqa: ARG002
        """Raises CommandError: an edge has no connection to a venue."""
        raise CommandError(REFUSAL)

    def pause(self, pair: Pair | None) -> None:  # noqa: ARG002
        """Raises CommandError: an edge has no connection to a venue."""
        raise CommandError(REFUSAL)

    def resume(self, pair: Pair | None) -> None:  # noqa: ARG002
        """Raises CommandError: an edge has no connection to a venue."""
        raise CommandError(REFUSAL)
