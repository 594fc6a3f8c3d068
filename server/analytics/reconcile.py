"""The venue's own candles beside ours: history, confirmation, differences, and replacement of what is partial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ..protocol.candle_source import Candle as VenueCandle
from .bucket import Bucket
from .candle import Reconciliation, Thresholds
from .intervals import SECOND
from .level import STARTED_WITHIN, Cell, Level
from .sums import is_amount, multiply, subtract

# Venues go on changing a candle after its end: it is compared two intervals later, or two minutes.
SETTLE_INTERVALS = 2
SETTLE_MOST = 120 * SECOND
# For so long a venue is asked again for a candle that it did not tell; then it has none.
RETRY = 600 * SECOND

_ZERO = Decimal(0)


def load(level: Level, candles: Sequence[VenueCandle]) -> int:
    """Takes the venue's candles that ended before the server listened; returns how many."""
    oldest = level.listening - level.keep
    found = {
        number: candle
        for candle in candles
        if candle.closed is not False
        and (number := _number(level, candle)) is not None
        and oldest <= number < level.listening
    }
    if not found or level.first > level.listening:
        return 0
    # A venue that leaves out intervals had no trades in them; what is behind its last one it has not told yet.
    told_until, lowest = max(found), min(min(found), level.first)
    level.put_before(
        [Cell(0, None, True) if number < told_until else Cell(STARTED_WITHIN) for number in range(lowest, level.first)]
    )
    for number, candle in found.items():
        if number >= level.first:
            level.cells[number - level.first] = Cell(0, _bucket(level, number, candle), True)
    _grow(level)
    return len(found)


def unreconciled(level: Level, now: int) -> tuple[int, int] | None:
    """The open times [start, end) worth asking the venue for."""
    number = max(level.asked, level.first)
    stop = min(level.closed, level.interval.number(now - _settle(level)))
    while number < stop and _is_settled(level.cells[number - level.first]):
        number += 1
    if number >= stop:
        return None
    level.asking = stop
    return level.interval.open(number), level.interval.open(stop)


def compare(level: Level, candles: Sequence[VenueCandle], now: int, thresholds: Thresholds) -> None:
    """Compares closed cells with the venue's final candles; what is partial is confirmed or replaced."""
    answered = -1
    for candle in candles:
        number = _number(level, candle)
        cell = None if number is None else level.kept(number)
        if number is None or cell is None or not _is_final(level, number, candle, now):
            continue
        answered = max(answered, number)
        if not cell.from_venue:
            _compare(level, number, cell, candle, now, thresholds)
    given_up = level.interval.number(now - _settle(level) - RETRY)
    level.asked = max(level.asked, min(level.asking, max(answered + 1, given_up)))


def _compare(level: Level, number: int, cell: Cell, candle: VenueCandle, now: int, thresholds: Thresholds) -> None:
    theirs = _bucket(level, number, candle)
    result = difference(cell.bucket, theirs, now, None if cell.flags else thresholds)
    if not cell.flags:
        if cell.reconciliation is None or replace(cell.reconciliation, time=now) != result:
            level.own(number).reconciliation = result
        return
    own = level.own(number)
    own.reconciliation, own.flags = result, 0
    if not _confirms(result, cell.bucket, theirs):
        own.bucket, own.from_venue = theirs, True
    _rebuild_longer(level, number)


def difference(ours: Bucket | None, theirs: Bucket | None, now: int, thresholds: Thresholds | None) -> Reconciliation:
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


def _confirms(result: Reconciliation, ours: Bucket | None, theirs: Bucket | None) -> bool:
    """The venue has the same trades: its quote volume may be rounded, so it counts only where there is no other."""
    if (ours is None) != (theirs is None):
        return False
    volume = result.quote_volume if result.volume is None else result.volume
    return volume == 0 and not any((result.open, result.high, result.low, result.close))


def _rebuild_longer(level: Level, number: int) -> None:
    open_time = level.interval.open(number)
    for longer in level.dependents:
        _rebuild(longer, longer.interval.number(open_time))


def _rebuild(level: Level, number: int) -> None:
    """A closed part of this cell was changed: adds up all of them anew, if all are kept."""
    cell = level.kept(number)
    if number < level.first or (cell is not None and cell.from_venue):
        return
    fresh = level.whole(number)
    if fresh is None:
        return
    if cell is None:
        # Open parts are added when they are closed.
        own = level.opened(number)
        own.bucket, own.flags = fresh.bucket, fresh.flags
        return
    if cell.flags == fresh.flags and (cell.bucket is fresh.bucket or (fresh.bucket and fresh.bucket.same(cell.bucket))):
        return
    own = level.own(number)
    own.bucket, own.flags = fresh.bucket, fresh.flags
    level.changed(number)
    _rebuild_longer(level, number)


def _grow(level: Level) -> None:
    """Builds longer candles of history: those in progress, and those before that the venue was not asked for."""
    for longer in level.dependents:
        before: list[Cell] = []
        number = longer.first - 1
        while len(before) < longer.keep and (cell := longer.whole(number)) is not None:
            cell.from_venue = not cell.flags
            before.append(cell)
            number -= 1
        if before and longer.first <= longer.listening:
            longer.put_before(before[::-1])
        _rebuild(longer, longer.listening)
        _grow(longer)


def _number(level: Level, candle: VenueCandle) -> int | None:
    """Which of our intervals the venue's candle is; None if it begins elsewhere, as weeks of some venues do, or if its
    numbers are none."""
    amounts = (candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quote_volume)
    if not all(map(is_amount, amounts)):
        return None
    number = level.interval.number(candle.open_time)
    return number if level.interval.open(number) == candle.open_time else None


def _bucket(level: Level, number: int, candle: VenueCandle) -> Bucket | None:
    """None for the flat candle that some venues write where there were no trades."""
    total = candle.quote_volume if candle.volume is None else candle.volume
    if total == 0 and not candle.trades:
        return None
    prices = (candle.open, candle.high, candle.low, candle.close)
    return Bucket.of_sums(level.times(number), prices, candle.volume, candle.quote_volume, candle.trades)


def _is_final(level: Level, number: int, candle: VenueCandle, now: int) -> bool:
    if candle.closed is not None:
        return candle.closed
    return level.interval.open(number + 1) + _settle(level) <= now


def _is_settled(cell: Cell) -> bool:
    return cell.from_venue or cell.reconciliation is not None


def _settle(level: Level) -> int:
    return min(SETTLE_INTERVALS * level.interval.longest, SETTLE_MOST)
