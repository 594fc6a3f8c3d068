"""Open interest over time, to be looked up when a candle is closed."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

_MOST = 256


class OpenInterestSeries:
    """The newest values by time."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._values: list[Decimal] = []

    def note(self, value: Decimal, time: int) -> None:
        """The open interest was `value` at `time` (nanoseconds UTC)."""
        at = bisect_right(self._times, time)
        self._times.insert(at, time)
        self._values.insert(at, value)
        del self._times[:-_MOST], self._values[:-_MOST]

    def at(self, time: int) -> Decimal | None:
        """The newest value at or before `time`; None if there is none."""
        at = bisect_right(self._times, time)
        return self._values[at - 1] if at else None
