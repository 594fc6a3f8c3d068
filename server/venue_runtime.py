"""A venue's feed, and the thread that asks it for the past: they begin and end together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from .desks.analytics import Analytics
from .desks.historian import Historian
from .feed.feed_options import FeedOptions
from .feed.venue_feed import VenueFeed
from .market.market import Market
from .model import Pair
from .network.hosts import Hosts
from .protocol.venue import Venue
from .publish.publisher import Publisher


class VenueRuntime(VenueFeed):
    """A feed whose trades, gaps and open interest go to the publisher and to analytics, with its historian."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        hosts: Hosts,
        publisher: Publisher,
        analytics: Analytics,
        kept: Callable[[], Sequence[Market]],
    ) -> None:
        """`kept`: the markets of the process at the time."""
        super().__init__(
            venue, options, markets, publisher.trade, hosts, publisher.trade_gap, analytics.interest, publisher.hearing
        )
        self._historian = Historian(venue, self.listings, self.past, analytics, kept)

    def start(self) -> None:
        """Starts the venue's threads."""
        super().start()
        self._historian.start()

    def stop(self) -> None:
        """Asks all threads to end."""
        self._historian.stop()
        super().stop()

    def join(self, timeout: float) -> None:
        """Waits for the threads, all together at most about so many seconds."""
        deadline = time.monotonic() + timeout
        super().join(timeout)
        self._historian.join(max(0.0, deadline - time.monotonic()))
