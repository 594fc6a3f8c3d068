"""The candles that were in progress when the server ended, out of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...model import Trade
from ...units import SECOND
from ..intervals import Interval
from ..settings import AnalyticsSettings
from .candle import Candle, CandleSource, CandleState
from .candle_series import GAP_WITHIN, STARTED_WITHIN, CandleSeries, Slot
from .candle_set import CandleSet
from .ohlcv_sum import OhlcvSum
from .reconcile import rebuild

ALL = ""
"""Stands for the trades of all venues."""
AGAIN = 10 * SECOND
"""The newest closed candles are made again from trades: a trade that came late may be in the history, and the corrected
candle not yet."""
_FLAGS = {CandleState.PARTIAL_START: STARTED_WITHIN, CandleState.PARTIAL_GAP: GAP_WITHIN}


@dataclass(frozen=True, slots=True)
class CandlePast:
    """What the history has of the candles in progress of one venue, or of all venues."""

    begin: int
    """Candles that end before are `closed`, all later ones are made of `trades`. Nanoseconds UTC; an interval of the
    shortest length begins then."""
    closed: Mapping[str, Sequence[Candle]]
    """By interval: the closed candles of which longer ones in progress consist, oldest first."""
    trades: Sequence[tuple[str, Trade]]
    """Trades from `begin` on, or a little earlier, and their venues."""
    last: int
    """Exchange time of the newest trade: what happened later is not known."""


def begin_of(newest: Candle) -> int:
    """The begin of the past, from the newest closed candle of the shortest length."""
    return newest.interval.floor(newest.close_time - AGAIN)


def wanted(intervals: Sequence[Interval], begin: int) -> dict[str, int]:
    """By interval: the open time from which on its closed candles are parts of longer ones in progress at `begin`."""
    since: dict[str, int] = {}
    ordered = sorted(intervals, key=lambda each: each.longest)
    for index, longer in enumerate(ordered):
        source = next((each for each in reversed(ordered[:index]) if each.divides(longer)), None)
        if source is not None:
            since[source.name] = min(since.get(source.name, begin), longer.floor(begin))
    return since


def resumed(settings: AnalyticsSettings, past: CandlePast) -> CandleSet:
    """The candles as they were when the server ended, less what only memory had."""
    made = CandleSet(settings.intervals, started=past.begin, keep=settings.kept)
    for series in made.series:
        _restore(series, past.closed.get(series.interval.name, ()))
    for series in made.series:
        for longer in series.dependents:
            rebuild(longer, longer.listening)
    for venue, trade in past.trades:
        if trade.exchange_time >= past.begin:
            made.trade(trade, venue)
    return made


def _restore(series: CandleSeries, candles: Sequence[Candle]) -> None:
    """Keeps these as the closed candles before the first. One that the history does not have is partial."""
    found = {series.interval.number(each.open_time): each for each in candles}
    numbers = range(min(found, default=series.first), series.first)
    series.put_before([_slot(found[number]) if number in found else Slot(STARTED_WITHIN) for number in numbers])


def _slot(candle: Candle) -> Slot:
    slot = Slot(_FLAGS.get(candle.state, 0), _sums(candle), candle.source is CandleSource.VENUE)
    slot.revision, slot.reconciliation = candle.revision, candle.reconciliation
    slot.open_interest = candle.open_interest
    return slot


def _sums(candle: Candle) -> OhlcvSum | None:
    if candle.open is None or candle.high is None or candle.low is None or candle.close is None:
        return None
    prices = candle.open, candle.high, candle.low, candle.close
    times = candle.open_time, candle.close_time
    return OhlcvSum.of_sums(times, prices, candle.volume, candle.quote_volume, candle.trades)
