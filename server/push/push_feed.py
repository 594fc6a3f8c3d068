"""The venue that programs post to, as the registry sees it: it lists every pair, and opens no connection."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import ClassVar

from .. import clock, threads
from ..connection.received import Received
from ..feed.feed_options import FeedOptions
from ..market.market import Market
from ..model import Listing, Pair, Reach, Receipt
from ..names import folded
from ..protocol.venue import Endpoint
from ..request_errors import RequestError, invalid, not_found, shown
from ..suggestions import nearest
from ..threads import Supervised
from .push_request import BookPost
from .pushed_book import PUSH, PushedBook

LOOK_EVERY = 0.25
"""Seconds between two looks for books that are too old."""


class PushVenue:
    """What the venue is called."""

    NAME: ClassVar[str] = PUSH
    TITLE: ClassVar[str] = "Push"


class PushFeed:
    """The books of all markets that programs post. Thread-safe."""

    def __init__(self, markets: Mapping[Pair, Market], stale_after: float) -> None:
        """`stale_after`: seconds without a post after which a book is withdrawn."""
        self.venue = PushVenue()
        self.options = FeedOptions(Endpoint("", ""))
        self.discovered = threading.Event()
        self.discovered.set()
        self.connections = 0
        self.received = Received(0, 0)
        """Of websockets, of which there are none."""
        self._stale_after = stale_after
        self._books = {pair: PushedBook(market, stale_after) for pair, market in markets.items()}
        self._stop = threading.Event()
        self._thread = Supervised(PUSH, self._run, self._stop)

    @property
    def listings(self) -> dict[Pair, Listing]:
        """Every pair may be posted."""
        return {pair: Listing(PUSH, pair, Reach.LISTED) for pair in list(self._books)}

    @property
    def threads(self) -> list[Supervised]:
        """The thread that withdraws old books."""
        return [self._thread]

    # -- posts ---------------------------------------------------------------------------------------------------

    def post(self, post: BookPost, at: Receipt) -> Market:
        """Replaces the book of the post's ticker, and returns its market. Raises RequestError."""
        book = self._book(post.ticker)
        book.post(post, at)
        return book.market

    def _book(self, ticker: str) -> PushedBook:
        """By the name of a market, or by its assets without what stands between them."""
        books = dict(self._books)
        exact = [book for book in books.values() if folded(book.market.name) == folded(ticker.replace("-", "/"))]
        found = exact or [book for pair, book in books.items() if folded(pair.base + pair.quote) == folded(ticker)]
        if len(found) > 1:
            names = " or ".join(book.market.name for book in found)
            raise invalid("ticker", f"{shown(ticker)} may be {names}: write it so")
        if not found:
            raise self._unknown(ticker, [book.market.name for book in books.values()])
        return found[0]

    @staticmethod
    def _unknown(ticker: str, names: list[str]) -> RequestError:
        return not_found("market", ticker, nearest(ticker.upper(), names))

    # -- of a feed -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Books wait for their first posts."""
        for book in list(self._books.values()):
            book.begin()
        self._thread.start()

    def go(self) -> None:
        """There is nothing to connect to."""

    def stop(self) -> None:
        """Asks the thread to end."""
        self._stop.set()

    def join(self, timeout: float) -> None:
        """Waits for the thread."""
        if self._thread.is_alive():
            self._thread.join(timeout)

    def resync(self, pair: Pair) -> bool:
        """Hides a book until its next post."""
        book = self._books.get(pair)
        return book is not None and book.withdraw("a new book was asked for, waits for a post")

    def reconnect(self, pair: Pair | None) -> int:  # noqa: ARG002 - as all feeds
        """There are no connections."""
        return 0

    def pause(self, pair: Pair | None) -> None:
        """Takes no posts of a pair, or of all."""
        for book in self._named(pair):
            book.pause()

    def resume(self, pair: Pair | None) -> None:
        """Takes them again."""
        for book in self._named(pair):
            book.resume()

    def _named(self, pair: Pair | None) -> list[PushedBook]:
        return [book for name, book in list(self._books.items()) if pair is None or name == pair]

    def add(self, market: Market) -> Listing:
        """Posts of this market are taken from now on."""
        book = PushedBook(market, self._stale_after)
        book.begin()
        self._books[market.pair] = book
        return Listing(PUSH, market.pair, Reach.LISTED)

    def remove(self, pair: Pair) -> None:
        """Posts of this pair are no longer taken."""
        self._books.pop(pair, None)

    # -- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not threads.pause(self._stop, LOOK_EVERY):
            self.look(clock.monotonic_ns())

    def look(self, now: int) -> None:
        """Withdraws the books that are too old (monotonic nanoseconds)."""
        for book in list(self._books.values()):
            book.look(now)
