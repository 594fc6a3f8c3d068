"""How long frames take to this server and through it, measured at some of them on the dispatcher's thread.

A market is looked at ten times per second at most, so that feeds pay next to nothing and the dispatcher little. A look
takes three passes. The first remembers the newest frame of each venue, and asks the books to time their next one. The
second measures the frames that have come since, which have waited for nothing but this pass. The third finds the
messages that the second has published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orderbook_ext import BookStatus

from .. import clock
from ..delays import LONG, SHORT, Delays
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import VenueState
from ..publish.topics import StateTopic
from ..units import SECOND

EVERY = SECOND // 10


class LatencySampler(MarketListener):
    """The delays of all venues, by name. The dispatcher writes them."""

    def __init__(self, topics: Callable[[Market], Iterable[StateTopic]] = lambda _market: ()) -> None:
        """`topics`: those of a market."""
        self.arrival: dict[str, Delays] = {}
        """From the venue's time to the receipt, by this server's clock less its estimated offset to the venue's."""
        self.apply: dict[str, Delays] = {}
        """From the receipt until the frame is in its book."""
        self.dispatch: dict[str, Delays] = {}
        """From the receipt until the dispatcher takes the change up."""
        self.publish = Delays()
        """From the time when a frame is in its book until the bytes of a message with the frame are there."""
        self._topics = topics
        self._due: dict[Market, int] = {}
        self._before: dict[Market, dict[str, int]] = {}
        """The newest frames of markets of which the next pass is measured."""
        self._taken_up: dict[Market, tuple[int, int]] = {}
        """Markets whose messages this pass publishes: when it came to them, and since when a frame has waited."""

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
            self._before[market] = {venue: self._begun(entry) for venue, entry in market.entries.items()}

    def tick(self) -> None:
        """A pass begins: the messages of the one before are out."""
        if not self._taken_up:
            return
        taken_up, self._taken_up = self._taken_up, {}
        for market, (at, applied) in taken_up.items():
            for topic in self._topics(market):
                handed_at = topic.channel.handed_at
                if handed_at > at:  # Others wait for their interval, or for a reader.
                    self.publish.add(handed_at - applied)

    def market_removed(self, market: Market) -> None:
        """It has no further passes."""
        self._due.pop(market, None)
        self._before.pop(market, None)
        self._taken_up.pop(market, None)

    def _measure(self, market: Market, before: dict[str, int], now: int) -> None:
        for venue, entry in market.entries.items():
            received = entry.receive_monotonic
            # A frame may come while we are here: it is of the next pass.
            if entry.state == VenueState.LIVE and before.get(venue, received) < received <= now:
                applied = self._add(venue, entry, now - received)
                if applied:
                    self._taken_up[market] = now, min(applied, self._taken_up.get(market, (0, applied))[1])

    @staticmethod
    def _begun(entry: BookStatus) -> int:
        """The receipt of the newest frame; the next one is timed."""
        if not clock.played:
            entry.measure()
        return entry.receive_monotonic

    def _add(self, venue: str, entry: BookStatus, waited: int) -> int:
        """When the frame that was timed was in its book (monotonic nanoseconds); 0: none was."""
        _of(self.dispatch, venue, SHORT).add(waited)
        receipt, applied = entry.measured
        if applied:
            _of(self.apply, venue, SHORT).add(applied - receipt)
        if entry.exchange_time > 0 and entry.clock_uncertainty:
            _of(self.arrival, venue, LONG).add(entry.receive_time - entry.exchange_time - entry.clock_offset)
        return applied


def _of(found: dict[str, Delays], venue: str, bounds: tuple[float, ...]) -> Delays:
    delays = found.get(venue)
    if delays is None:
        delays = found[venue] = Delays(bounds)
    return delays
