"""The candles of one market that ingesters publish, on their way into the market's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import clock
from ..analytics.candles.aggregator import CandleAggregator
from ..analytics.candles.candle import Candle
from ..analytics.candles.runtime import CandleRuntime
from ..analytics.engine import AnalyticsEngine
from ..analytics.intervals import Interval
from ..market.market import Market
from .candle_decoder import CandleSeen


class MarketCandles:
    """Records of the past are gathered until all of some time are known; those that come after are used at once. For
    one thread."""

    def __init__(
        self, candles: CandleAggregator, venues: Callable[[], frozenset[str]], intervals: Sequence[Interval], kept: int,
        now: Callable[[], int] = clock.time_ns,
    ) -> None:  # fmt: skip
        """`venues` that the market has here; `kept`: closed candles of each interval."""
        self.live = False
        """The newest part of the past is known."""
        self._candles, self._venues, self._now = candles, venues, now
        self._spans = {interval.name: (kept + 2) * interval.longest for interval in intervals}
        self._gathered: dict[str, list[Candle]] = {}

    def keeps(self, interval: str, open_time: int) -> bool:
        """Whether this server has candles of this interval and time."""
        return self._now() - open_time <= self._spans.get(interval, -1)

    def take(self, seen: CandleSeen, *, past: bool = False) -> bool:
        """A record whose candle is kept. False: its candle is not one of this server.

        A candle of all venues is only used where the ingester has the same venues as this server: the trades of a part
        of them make another candle.
        """
        if not seen.venue and seen.venues != self._venues():
            return False
        if self.live and not past:
            self._candles.publish(seen.venue, seen.candle)
        else:
            self._gathered.setdefault(seen.venue, []).append(seen.candle)
        return True

    def settle(self, since: int) -> None:
        """Every candle that was published at this time (nanoseconds UTC) or later is known: those that ended then or
        later are kept. The others wait, for they are corrections of candles that are not known yet."""
        waiting: dict[str, list[Candle]] = {}
        for venue, gathered in self._gathered.items():
            known = [candle for candle in gathered if candle.close_time >= since]
            rest = [candle for candle in gathered if candle.close_time < since]
            if rest:
                waiting[venue] = rest
            self._candles.load_published(venue, known)
        self._gathered = waiting
        self.live = True


def market_candles(analytics: AnalyticsEngine, market: Market) -> MarketCandles:
    """Of a market of this server."""
    settings, candles = analytics.settings, analytics.of(market).get(CandleRuntime).candles
    return MarketCandles(candles, lambda: frozenset(market.entries), settings.intervals, settings.kept)
