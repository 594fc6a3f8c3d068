"""One market's book that programs post: whole with each post, withdrawn when no further post comes."""

from __future__ import annotations

import threading

from orderbook_ext import BookError, BookStatus, OrderBook
from orderbook_ext.lane import EARLIEST_TIME

from ..market.market import Market
from ..model import Receipt, VenueState
from ..request_errors import invalid, refused, removed
from ..units import SECOND
from .push_request import BookPost, read_error

PUSH = "push"
"""The name of the venue."""
WAITING = "waits for the first post"
AHEAD = 60 * SECOND
"""How far the clock of a program may be ahead of this server's: later posts would be older than such a time."""


class PushedBook:
    """Thread-safe. `market` has an entry of the venue."""

    def __init__(self, market: Market, stale_after: float) -> None:
        """`stale_after`: seconds without a post after which the book is withdrawn."""
        self.market = market
        self._stale_after = stale_after
        self._lock = threading.Lock()
        self._book = OrderBook(lock=market.lock)
        self._posts = 0
        self._newest = 0
        """Timestamp of the newest post."""
        self._heard = 0
        """Monotonic time of the newest post."""
        self._paused = False

    def begin(self) -> None:
        """The book has no post yet."""
        self.market.report(PUSH, VenueState.CONNECTING, WAITING)

    def post(self, post: BookPost, at: Receipt) -> None:
        """Replaces the book. Raises RequestError, and then the book stays what it was."""
        with self._lock:
            entry = self._checked(post, at)
            _try_out(post)
            self._posts += 1
            self._newest, self._heard = max(self._newest, post.time), at.monotonic
            # One step for readers: levels, times and state.
            with self.market.consistency_lock:
                self._book.load(post.bids, post.asks, whole=True)
                if entry.book is not self._book:
                    entry.book = self._book
                entry.detail = ""
                entry.state = VenueState.LIVE
                entry.stamp(post.time, at.time, at.monotonic, self._posts)
        self.market.changed()

    def _checked(self, post: BookPost, at: Receipt) -> BookStatus:
        """Where the book is shown."""
        entry = self.market.entries.get(PUSH)
        if entry is None:
            raise removed(f"the venue {PUSH} was removed by command")
        if self._paused:
            raise refused("PAUSED", f"{self.market.name} on {PUSH} is paused by command")
        if post.time and post.time < EARLIEST_TIME:
            raise invalid("timestamp", "is before 2009: are these nanoseconds?")
        if post.time > at.time + AHEAD:
            raise invalid("timestamp", f"is more than {AHEAD // SECOND} s ahead of this server's clock")
        if post.time and post.time < self._newest:
            raise refused("OLDER", "timestamp: this book is older than the one that was posted before")
        return entry

    def look(self, now: int) -> None:
        """Withdraws the book if its newest post is too old (monotonic nanoseconds)."""
        with self._lock:
            if self.live and now - self._heard > self._stale_after * SECOND:
                words = f"nothing was posted for {self._stale_after:g} s"
                self.market.report(PUSH, VenueState.STALE, words)

    @property
    def live(self) -> bool:
        """Whether the book is shown."""
        entry = self.market.entries.get(PUSH)
        return entry is not None and entry.state == VenueState.LIVE

    def withdraw(self, words: str) -> bool:
        """Hides the book until the next post; whether it was shown."""
        with self._lock:
            was_live = self.live
            if not self._paused:
                self.market.report(PUSH, VenueState.SYNCING, words)
            return was_live

    def pause(self) -> None:
        """Takes no posts, and hides the book."""
        with self._lock:
            self._paused = True
            self.market.report(PUSH, VenueState.HALTED, "paused by command")

    def resume(self) -> None:
        """Takes posts again."""
        with self._lock:
            if self._paused:
                self._paused = False
                self.market.report(PUSH, VenueState.CONNECTING, "resumed by command, waits for a post")


def _try_out(post: BookPost) -> None:
    """Raises RequestError for levels that are no book: the shown book is not touched before."""
    book = OrderBook()
    try:
        book.load(post.bids, post.asks, whole=True)
    except BookError as error:
        raise read_error(error) from None
    if book.crossed():
        raise invalid("bids", "the best bid is not below the best ask")
