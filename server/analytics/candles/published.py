"""Candles that ingesters publish, as slots of a series: the truth at a server that reads no exchange."""

from __future__ import annotations

from collections.abc import Mapping

from ...units import SECOND
from . import reconcile
from .candle import Candle, CandleSource, CandleState
from .candle_series import GAP_WITHIN, STARTED_WITHIN, CandleSeries, Slot
from .ohlcv_sum import OhlcvSum

PATIENCE = 10 * SECOND
"""For so long the ingester's candle is waited for; then it is closed from the trades that were received here."""
_FLAGS = {
    CandleState.COMPLETE: 0,
    CandleState.PARTIAL_START: STARTED_WITHIN,
    CandleState.PARTIAL_GAP: GAP_WITHIN,
}


def number_of(series: CandleSeries, candle: Candle) -> int | None:
    """Which interval of the series the candle is; None for a candle that is not closed, or of other times."""
    number = series.interval.number(candle.open_time)
    agrees = series.times(number) == (candle.open_time, candle.close_time)
    return number if agrees and candle.state in _FLAGS else None


def slot_of(candle: Candle) -> Slot:
    """A closed candle as a slot."""
    slot = Slot(_FLAGS[candle.state], _sums(candle), candle.source is CandleSource.VENUE)
    slot.revision, slot.said = candle.revision, candle.said
    slot.reconciliation, slot.open_interest = candle.reconciliation, candle.open_interest
    return slot


def _sums(candle: Candle) -> OhlcvSum | None:
    """None for an interval without trades."""
    if candle.open is None or candle.high is None or candle.low is None or candle.close is None:
        return None
    times, prices = (candle.open_time, candle.close_time), (candle.open, candle.high, candle.low, candle.close)
    return OhlcvSum.of_sums(times, prices, candle.volume, candle.quote_volume, candle.trades)


def load(series: CandleSeries, slots: Mapping[int, Slot]) -> None:
    """Keeps candles from before the first that is kept, and completes longer candles by them. A number that is missing
    between them was published by nobody: no trade of its time was received."""
    before = {number: slot for number, slot in slots.items() if number < series.first}
    if not before:
        return
    lowest = max(min(before), series.first - series.keep)
    series.put_before([before.get(number) or Slot(GAP_WITHIN) for number in range(lowest, series.first)])
    reconcile.grow(series, of_venue=False)


def correct(series: CandleSeries, number: int, slot: Slot) -> bool:
    """Puts a newer version of a closed candle into the series and into longer candles; False: it is not newer."""
    if series.kept(number) is None or not series.replace(number, slot):
        return False
    reconcile.rebuild_longer(series, number)
    return True
