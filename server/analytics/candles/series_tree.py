"""The candles of all lengths of one market, longer ones built of shorter ones."""

from __future__ import annotations

from collections.abc import Sequence

from ..intervals import Interval, common_seconds
from .candle_series import CandleSeries, Slot
from .ohlcv_sum import OhlcvSum


def make_series(intervals: Sequence[Interval], keep: int, started: int, begin: int | None = None) -> list[CandleSeries]:
    """One series per interval, shortest first. The source of each is the longest shorter series that it can be built
    from. If no interval divides all others, an unlisted series is added at the front."""
    listed = sorted({interval.name: interval for interval in intervals}.values(), key=lambda one: one.longest)
    shortest = Interval.parse(f"{common_seconds(listed)}s")
    made = [CandleSeries(interval, keep, started, begin=begin) for interval in listed]
    if shortest != listed[0]:
        made.insert(0, CandleSeries(shortest, 0, started, listed=False, begin=begin))
    for index, series in enumerate(made[1:], 1):
        series.source = next(other for other in reversed(made[:index]) if other.interval.divides(series.interval))
        series.source.dependents.append(series)
    return made


def fold(series: CandleSeries, number: int, slot: Slot) -> None:
    """Adds a closed slot to the open slots that contain it."""
    if slot.sums is None and not slot.flags:
        return
    open_time = series.interval.open(number)
    for longer in series.dependents:
        at = longer.interval.number(open_time)
        kept = longer.kept(at)
        if at < longer.closed and (kept is None or kept.fixed):
            continue  # An ingester has published it before this part was closed here.
        whole = longer.opened(at) if kept is None else longer.own(at)
        whole.flags |= slot.flags
        if slot.sums is not None:
            whole.merge(slot.sums)


def merge_late(series: CandleSeries, sums: OhlcvSum) -> bool:
    """Adds a trade to all slots that contain it and are closed or contain closed parts; False if a slot is not kept."""
    number = series.interval.number(sums.first)
    if number >= series.closed:
        # What an open slot holds is passed on when it is closed.
        series.opened(number).merge(sums)
        return True
    slot = series.kept(number)
    kept = not series.listed or slot is not None
    if slot is not None:
        if slot.fixed:
            # The venue's or the ingester's candle has this trade, and longer ones have it from there.
            return True
        series.own(number).merge(sums)
        series.changed(number)
    for longer in series.dependents:
        kept &= merge_late(longer, sums)
    return kept
