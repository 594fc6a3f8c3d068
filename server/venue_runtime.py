"""A venue's feed, and the thread that asks it for the past: they begin and end together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from .analytics.backfill import Backfill
from .analytics.engine import AnalyticsEngine
from .feed.feed_options import FeedOptions
from .feed.feed_taps import FeedTaps
from .feed.venue_feed import VenueFeed
from .market.feed_listener import FeedListener
from .market.market import Market
from .model import Pair
from .network.hosts import Hosts
from .protocol.venue import Venue


class VenueRuntime(VenueFeed):
    """A feed and its backfill; `listener` hears of both."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        hosts: Hosts,
        listener: FeedListener,
        analytics: AnalyticsEngine,
        kept: Callable[[], Sequence[Market]],
        taps: FeedTaps | None = None,
    ) -> None:
        """`kept`: the markets of the process at the time."""
        super().__init__(venue, options, markets, listener, hosts, taps)
        self._backfill = Backfill(venue, self.listings, self.past, analytics, kept, listener)

    def start(self) -> None:
        """Starts the venue's threads."""
        super().start()
        self._backfill.start()

    def stop(self) -> None:
        """Asks all threads to end."""
        self._backfill.stop()
        super().stop()

    def join(self, timeout: float) -> None:
        """Waits for the threads, for all of them together at most about this number of seconds."""
        deadline = time.monotonic() + timeout
        super().join(timeout)
        self._backfill.join(max(0.0, deadline - time.monotonic()))
