"""The parts of candles in progress that a history has: closed candles, and the trades since."""

from __future__ import annotations

from ...history.folder import DAY
from ...history.pages import MOST_ROWS
from ..market_past import MarketPast
from ..settings import AnalyticsSettings
from .candle import Candle
from .past_candles import PastCandles
from .resume import ALL, CandlePast, begin_of, wanted


class KeptParts:
    """Reads the history of one market. Methods raise HistoryError."""

    def __init__(self, past: MarketPast, settings: AnalyticsSettings) -> None:
        self._past, self._settings = past, settings
        self._candles = PastCandles(past.store)

    def read(self) -> dict[str, CandlePast]:
        """What is known of the candles of each venue, and of all venues together; none of a venue whose last closed
        candle is older than a day, or that has traded too much since."""
        newest = self._past.newest
        begins = {venue: begin for venue in newest if (begin := self._begin(venue)) is not None}
        whole = self._begin(ALL) if begins else None
        pasts: dict[str, CandlePast] = {}
        for venue, begin in begins.items():
            trades = self._past.trades(venue, begin if whole is None else min(begin, whole))
            if trades is not None:
                pairs = [(venue, trade) for trade in trades]
                pasts[venue] = CandlePast(begin, self._closed(venue, begin), pairs, newest[venue][-1].exchange_time)
        if pasts and whole is not None:
            together = [each for past in pasts.values() for each in past.trades]
            pasts[ALL] = CandlePast(
                whole, self._closed(ALL, whole), together, max(each.last for each in pasts.values())
            )
        return pasts

    def _begin(self, venue: str) -> int | None:
        """From when on candles are made of trades again; None where no candle was closed within a day."""
        shortest = min(self._settings.intervals, key=lambda each: each.longest)
        since, until = self._past.now - DAY - shortest.longest, self._past.now + DAY
        newest = self._candles.read(self._past.pair, venue, shortest, since, until, 1, newest_first=True)
        return begin_of(newest[0]) if newest else None

    def _closed(self, venue: str, begin: int) -> dict[str, list[Candle]]:
        found = {}
        since = wanted(self._settings.intervals, begin)
        for interval in self._settings.intervals:
            if interval.name in since:
                limit, start = min(self._settings.kept, MOST_ROWS), since[interval.name]
                newest = self._candles.read(self._past.pair, venue, interval, start, begin, limit, newest_first=True)
                found[interval.name] = [each for each in reversed(newest) if each.close_time <= begin]
        return found
