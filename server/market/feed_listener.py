"""Events of the markets: the one interface between feeds and all listeners."""

from __future__ import annotations

from collections.abc import Sequence

from orderbook_ext import BookUpdate

from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from .market import Market


class FeedListener:
    """Events of feeds. A listener overrides the events that it needs; the other methods do nothing.

    Feeds call the dispatcher, which is such a listener and only queues. Times are nanoseconds since 1970 UTC.
    """

    def book_changed(self, market: Market) -> None:
        """A book or a state of the market changed since the last call. Changes are conflated, other events are not."""

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened; its size is in base units."""

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing between the trades before this call and the trades after it."""

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades of the venue are received from the time `at` on, or no longer."""

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """The venue has sent its open interest; `at` is the time of the request, 0 if the venue streams it."""


class MarketListener(FeedListener):
    """Events of the dispatcher: all events of feeds, and added and removed markets and venues, in their order.

    All calls are made on one thread, events in the order of their arrival. A market has no events before it is added,
    nor after it is removed.
    """

    def market_added(self, market: Market) -> None:
        """The market is served from now on. The venues that it already has are not announced one by one."""

    def market_removed(self, market: Market) -> None:
        """The market is no longer served."""

    def venue_added(self, market: Market, venue: str) -> None:
        """The market has one more venue."""

    def venue_removed(self, market: Market, venue: str) -> None:
        """The market has lost this venue."""

    def book_updates(self, market: Market, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """All updates of a venue's book since the last call, oldest first; `lost` updates are missing after them.

        Called only for markets whose updates this listener asked for; see Dispatcher.follow_updates().
        """

    def tick(self) -> None:
        """Time passes: called at least twice per second."""
