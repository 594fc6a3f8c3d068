"""How long frames take to this server and through it, measured at some of them on the dispatcher's thread.

A market is looked at ten times per second at most, so that feeds pay nothing and the dispatcher next to nothing. A look
takes two passes: the first remembers the newest frame of each venue, the second measures those that are newer. What is
measured has thus come since the last pass, and waited for nothing but this one.
"""

from __future__ import annotations

from orderbook_ext import BookStatus

from .. import clock
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import VenueState
from ..units import SECOND
from .histogram import Histogram

EVERY = SECOND // 10
TO_US = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
THROUGH_US = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Bounds in seconds."""


class LatencySampler(MarketListener):
    """The histograms of all venues, by name. The dispatcher writes them."""

    def __init__(self) -> None:
        self.arrival: dict[str, Histogram] = {}
        """From the venue's time to the receipt, by this server's clock less its estimated offset to the venue's."""
        self.dispatch: dict[str, Histogram] = {}
        """From the receipt until the dispatcher takes the change up."""
        self._due: dict[Market, int] = {}
        self._before: dict[Market, dict[str, int]] = {}
        """The newest frames of markets of which the next pass is measured."""

    def book_changed(self, market: Market) -> None:
        """A pass over a market that has changed."""
        now = clock.monotonic_ns()
        if now < self._due.get(market, 0):
            return
        before = self._before.pop(market, None)
        if before is not None:
            self._due[market] = now + EVERY
            self._measure(market, before, now)
        else:
            self._due[market] = 0  # The next pass, whenever it comes.
            self._before[market] = {venue: entry.receive_monotonic for venue, entry in market.entries.items()}

    def market_removed(self, market: Market) -> None:
        """It has no further passes."""
        self._due.pop(market, None)
        self._before.pop(market, None)

    def _measure(self, market: Market, before: dict[str, int], now: int) -> None:
        for venue, entry in market.entries.items():
            received = entry.receive_monotonic
            # A frame may come while we are here: it is of the next pass.
            if entry.state == VenueState.LIVE and before.get(venue, received) < received <= now:
                self._add(venue, entry, now - received)

    def _add(self, venue: str, entry: BookStatus, waited: int) -> None:
        _of(self.dispatch, venue, THROUGH_US).add(waited / SECOND)
        if entry.exchange_time > 0 and entry.clock_uncertainty:
            took = entry.receive_time - entry.exchange_time - entry.clock_offset
            _of(self.arrival, venue, TO_US).add(max(0, took) / SECOND)


def _of(histograms: dict[str, Histogram], venue: str, bounds: tuple[float, ...]) -> Histogram:
    found = histograms.get(venue)
    if found is None:
        found = histograms[venue] = Histogram(bounds)
    return found
