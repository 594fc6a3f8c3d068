"""What can be heard of the markets: the one interface between feeds and everything that works with their events."""

from __future__ import annotations

from collections.abc import Sequence

from orderbook_ext import BookUpdate

from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from .market import Market


class FeedListener:
    """What feeds say. A listener overrides what concerns it; the rest does nothing.

    Feeds call the dispatcher, which is such a listener and only queues. Times are nanoseconds since 1970 UTC.
    """

    def book_changed(self, market: Market) -> None:
        """A book or a state of the market changed since the last call. Changes are conflated, other events are not."""

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened; its size is in base units."""

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing between those before and those to come."""

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades of the venue are received from the time `at` on, or no longer."""

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """The venue has said its open interest; `at`: the time that it was asked for, 0 where it came by itself."""


class MarketListener(FeedListener):
    """What the dispatcher says: all that feeds say, and markets and venues that come and go, each in its place.

    All calls are made on one thread, events in the order in which they came. Nothing is heard of a market before it is
    added, nor after it is removed.
    """

    def market_added(self, market: Market) -> None:
        """The market is kept from now on. The venues that it has already are not announced one by one."""

    def market_removed(self, market: Market) -> None:
        """The market is kept no longer."""

    def venue_added(self, market: Market, venue: str) -> None:
        """The market has one more venue."""

    def venue_removed(self, market: Market, venue: str) -> None:
        """The market has lost this venue."""

    def book_updates(self, market: Market, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """The updates of a venue's book since the last call, each of them, oldest first; then `lost` ones are missing.

        Only of markets whose updates this listener asked for; see Dispatcher.follow_updates().
        """

    def tick(self) -> None:
        """Time passes: called at least twice a second."""
