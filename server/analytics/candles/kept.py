"""Candles of one market and venue: those in memory, and before them those of the history."""

from __future__ import annotations

from ...errors import OnebookError
from ...model import Pair
from ...request_errors import unavailable
from ..intervals import Interval
from .aggregator import CandleAggregator
from .candle import Candle, Fill
from .past_candles import PastCandles

_LOOK_BACK = 100
"""Older candles that are looked through for the close that an interval without trades takes."""


class KeptCandles:
    """See CandleAggregator.candles(), which this has the arguments of."""

    def __init__(self, pair: Pair, candles: CandleAggregator, past: PastCandles | None) -> None:
        self._pair, self._candles, self._past = pair, candles, past

    def candles(
        self, venue: str, interval: Interval, start: int, end: int, limit: int, fill: Fill, include_open: bool
    ) -> list[Candle]:
        """Candles that open in [start, end), oldest first, at most `limit`. Raises RequestError."""
        found: list[Candle] = []
        if self._past is not None:
            oldest = self._candles.candles(venue, interval, 0, end, 1, Fill.NULL, False)
            edge = oldest[0].open_time if oldest else end
            if start < edge:
                found = self._of_the_past(self._past, venue, interval, start, min(end, edge), limit, fill)
        if len(found) < limit:
            rest = limit - len(found)
            begin = found[-1].open_time + 1 if found else start
            found += self._candles.candles(venue, interval, begin, end, rest, fill, include_open)
        return found

    def _of_the_past(
        self, past: PastCandles, venue: str, interval: Interval, start: int, end: int, limit: int, fill: Fill
    ) -> list[Candle]:
        found: list[Candle] = []
        close = None
        try:
            if fill is Fill.PREVIOUS:
                before = past.read(self._pair, venue, interval, 0, start, _LOOK_BACK, newest_first=True)
                close = next((each.close for each in before if each.close is not None), None)
            while len(found) < limit:
                part = past.read(self._pair, venue, interval, start, end, limit)
                for made in part:
                    close = close if made.close is None else made.close
                    shown = made.filled(close) if fill is Fill.PREVIOUS else made
                    if fill is Fill.NULL or not shown.empty:
                        found.append(shown)
                if len(part) < limit:
                    break
                start = part[-1].open_time + 1
        except OnebookError as error:
            raise unavailable(f"the candles of the history cannot be read now: {error}") from error
        return found[:limit]
