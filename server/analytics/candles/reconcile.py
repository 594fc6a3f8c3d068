"""The venue's own candles beside the server's: history, confirmation, differences, replacement of partial candles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ...protocol.candle_source import Candle as VenueCandle
from ...units import SECOND
from ..sums import is_amount, multiply, subtract
from .candle import Reconciliation, Thresholds
from .candle_series import STARTED_WITHIN, CandleSeries, Slot
from .ohlcv_sum import OhlcvSum

# Venues go on changing a candle after its end: it is compared two intervals later, or two minutes.
SETTLE_INTERVALS = 2
SETTLE_MOST = 120 * SECOND
# For so long a venue is asked again for a candle that it did not tell; then it has none.
RETRY = 600 * SECOND

_ZERO = Decimal(0)


def load(series: CandleSeries, candles: Sequence[VenueCandle]) -> int:
    """Takes the venue's candles that ended before the server listened; returns how many."""
    oldest = series.listening - series.keep
    found = {
        number: candle
        for candle in candles
        if candle.closed is not False
        and (number := _number(series, candle)) is not None
        and oldest <= number < series.listening
    }
    if not found or series.first > series.listening:
        return 0
    # A venue that leaves out intervals had no trades in them; what is behind its last one is not published yet.
    told_until, lowest = max(found), min(min(found), series.first)
    series.put_before(
        [Slot(0, None, True) if number < told_until else Slot(STARTED_WITHIN) for number in range(lowest, series.first)]
    )
    for number, candle in found.items():
        kept = series.slots[number - series.first] if number >= series.first else None
        if kept is not None and (kept.from_venue or kept.flags):  # Else the server has counted its trades itself.
            series.slots[number - series.first] = Slot(0, _sums(series, number, candle), True)
    grow(series, of_venue=True)
    return len(found)


def unreconciled(series: CandleSeries, now: int) -> tuple[int, int] | None:
    """The open times [start, end) worth asking the venue for."""
    number = max(series.asked, series.first)
    stop = min(series.closed, series.interval.number(now - _settle(series)))
    while number < stop and _is_settled(series.slots[number - series.first]):
        number += 1
    if number >= stop:
        return None
    series.asking = stop
    return series.interval.open(number), series.interval.open(stop)


def compare(series: CandleSeries, candles: Sequence[VenueCandle], now: int, thresholds: Thresholds) -> None:
    """Compares closed slots with the venue's final candles; partial slots are confirmed or replaced."""
    answered = -1
    for candle in candles:
        number = _number(series, candle)
        slot = None if number is None else series.kept(number)
        if number is None or slot is None or not _is_final(series, number, candle, now):
            continue
        answered = max(answered, number)
        if not slot.from_venue:
            _compare(series, number, slot, candle, now, thresholds)
    given_up = series.interval.number(now - _settle(series) - RETRY)
    series.asked = max(series.asked, min(series.asking, max(answered + 1, given_up)))


def _compare(
    series: CandleSeries, number: int, slot: Slot, candle: VenueCandle, now: int, thresholds: Thresholds
) -> None:
    theirs = _sums(series, number, candle)
    result = difference(slot.sums, theirs, now, None if slot.flags else thresholds)
    if not slot.flags:
        if slot.reconciliation is None or replace(slot.reconciliation, time=now) != result:
            series.own(number).reconciliation = result
        return
    own = series.own(number)
    own.reconciliation, own.flags = result, 0
    if not _confirms(result, slot.sums, theirs):
        own.sums, own.from_venue = theirs, True
    rebuild_longer(series, number)


def difference(
    ours: OhlcvSum | None, theirs: OhlcvSum | None, now: int, thresholds: Thresholds | None
) -> Reconciliation:
    """Ours less theirs at `now` (nanoseconds UTC); None is an interval without trades. No alarm without thresholds."""
    prices: dict[str, Decimal | None] = dict.fromkeys(("open", "high", "low", "close"))
    alarm = (ours is None) != (theirs is None)
    if ours is not None and theirs is not None:
        for name in prices:
            price = getattr(theirs, name)
            prices[name] = apart = subtract(getattr(ours, name), price)
            alarm |= thresholds is not None and abs(apart) > multiply(thresholds.price, price)
    volumes: dict[str, Decimal | None] = dict.fromkeys(("volume", "quote"))
    for name in volumes:
        one = _ZERO if ours is None else getattr(ours, name)
        other = _ZERO if theirs is None else getattr(theirs, name)
        if one is not None and other is not None:
            volumes[name] = apart = subtract(one, other)
            alarm |= thresholds is not None and abs(apart) > multiply(thresholds.volume, other)
    return Reconciliation(
        time=now,
        **prices,
        volume=volumes["volume"],
        quote_volume=volumes["quote"],
        alarm=alarm and thresholds is not None,
    )


def _confirms(result: Reconciliation, ours: OhlcvSum | None, theirs: OhlcvSum | None) -> bool:
    """The venue has the same trades: its quote volume may be rounded, so it is used only if the server has none."""
    if (ours is None) != (theirs is None):
        return False
    volume = result.quote_volume if result.volume is None else result.volume
    return volume == 0 and not any((result.open, result.high, result.low, result.close))


def rebuild_longer(series: CandleSeries, number: int) -> None:
    """A closed part changed: adds up the longer candles of this part anew."""
    open_time = series.interval.open(number)
    for longer in series.dependents:
        rebuild(longer, longer.interval.number(open_time))


def rebuild(series: CandleSeries, number: int) -> None:
    """A closed part of this slot was changed: adds up all parts anew, if all are kept."""
    slot = series.kept(number)
    if number < series.first or (slot is not None and slot.fixed):
        return
    fresh = series.whole(number)
    if fresh is None:
        return
    if slot is None:
        # Open parts are added when they are closed.
        own = series.opened(number)
        own.sums, own.flags = fresh.sums, fresh.flags
        return
    if slot.flags == fresh.flags and (slot.sums is fresh.sums or (fresh.sums and fresh.sums.same(slot.sums))):
        return
    own = series.own(number)
    own.sums, own.flags = fresh.sums, fresh.flags
    series.changed(number)
    rebuild_longer(series, number)


def grow(series: CandleSeries, *, of_venue: bool) -> None:
    """Builds longer candles of history: those in progress, and those before that the venue was not asked for.
    `of_venue`: of the venue's own candles."""
    for longer in series.dependents:
        before: list[Slot] = []
        number = longer.first - 1
        while len(before) < longer.keep and (slot := longer.whole(number)) is not None:
            slot.from_venue = of_venue and not slot.flags
            before.append(slot)
            number -= 1
        if before and longer.first <= longer.listening:
            longer.put_before(before[::-1])
        rebuild(longer, longer.listening)
        grow(longer, of_venue=of_venue)


def _number(series: CandleSeries, candle: VenueCandle) -> int | None:
    """Which of our intervals the venue's candle is; None if it begins elsewhere, as weeks of some venues do, or if its
    numbers are none."""
    amounts = (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume)
    if not all(map(is_amount, amounts)):
        return None
    number = series.interval.number(candle.open_time)
    return number if series.interval.open(number) == candle.open_time else None


def _sums(series: CandleSeries, number: int, candle: VenueCandle) -> OhlcvSum | None:
    """None for the flat candle that some venues write where there were no trades."""
    total = candle.quote_volume if candle.volume is None else candle.volume
    if total == 0 and not candle.trades:
        return None
    prices = (candle.open, candle.high, candle.low, candle.close)
    return OhlcvSum.of_sums(series.times(number), prices, candle.volume, candle.quote_volume, candle.trades)


def _is_final(series: CandleSeries, number: int, candle: VenueCandle, now: int) -> bool:
    if candle.closed is not None:
        return candle.closed
    return series.interval.open(number + 1) + _settle(series) <= now


def _is_settled(slot: Slot) -> bool:
    return slot.from_venue or slot.reconciliation is not None


def _settle(series: CandleSeries) -> int:
    return min(SETTLE_INTERVALS * series.interval.longest, SETTLE_MOST)
