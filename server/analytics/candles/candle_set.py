"""Candles of one market from its trades, at any number of intervals at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import itemgetter

from ...model import Trade
from ...protocol.candle_source import Candle as VenueCandle
from ...units import SECOND
from ..intervals import DAY, Interval
from ..open_interest.series import OpenInterestSeries
from ..seen_ids import SeenIds
from ..venue_clock import MOST
from ..venue_clocks import LEAD, VenueClocks
from . import published, reconcile
from .candle import Candle, Fill, Said, Thresholds
from .candle_series import GAP_WITHIN, CandleSeries, Slot
from .ohlcv_sum import OhlcvSum
from .series_tree import fold, make_series, merge_late

__all__ = ["CandleSet", "Thresholds"]

LATENESS = 2 * SECOND
# Beyond this it is no trade of ours: it would wait in memory until then.
AHEAD = DAY


class CandleSet:
    """All intervals of the trades of one venue, or of all venues, of one market.

    Trades go into intervals of the shortest length only; when such an interval is closed it is added to the longer
    one that it is part of, and so on, in `advance`: a trade costs the same with one interval as with twelve.

    An interval is closed when the venues' time has passed its end by `lateness`: our clock less what it is ahead of the
    slowest venue's, as far as that is known from the newest trades, or from `seen`. Where nothing is known it is
    our clock or the newest trade's time, whichever is later. Trades that come later are merged into every candle that
    contains them, which is then corrected.
    """

    def __init__(
        self, intervals: Sequence[Interval], *, started: int, keep: int = 1000, lateness: int = LATENESS, reach: int = 0
    ) -> None:
        """`started`: the exchange time from which on no trade is missed, nanoseconds UTC. Candles that begin before it
        are partial. `keep`: closed candles of each interval, at least 1. `lateness` in nanoseconds. `reach`: ingesters
        publish candles, and trades of so many nanoseconds before `started` come too; 0: nobody does."""
        if not intervals:
            raise ValueError("candles need at least one interval")
        self.started = started
        self._lateness = lateness
        self._awaited = reach > 0
        self._make_series(intervals, keep, started - reach)
        self._length = self._base.interval.longest
        self._keep = keep
        self._seen = SeenIds()
        self._seen_since = started
        self._lost: dict[str, int] = {}
        self._held: dict[str, int] = {}
        """By venue: no interval that ends later is closed yet."""
        self._interest = OpenInterestSeries()
        self._clocks = VenueClocks(started, lateness)
        self._watermark = started - lateness
        self.duplicates = 0
        """Trades that were counted before, by venue and id: left out."""
        self.too_late = 0
        """Trades that some interval no longer keeps, or from before `started`; intervals that keep them have them."""
        self.too_early = 0
        """Trades more than a day ahead of the clock: left out."""
        self.heard: Callable[[str], bool] = lambda _interval: True
        """Whether anybody wants the candles of an interval when they are closed."""
        self.refused = 0
        """Trades with a price that is not above 0 or a size below 0: left out."""

    @property
    def series(self) -> Sequence[CandleSeries]:
        """The candles by length, shortest first; those that only help to build longer ones included."""
        return self._series

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Shortest first. Methods that take an Interval raise KeyError for an interval that is not among these."""
        return tuple(series.interval for series in self._series if series.listed)

    # -- what happens

    def trade(self, trade: Trade, venue: str = "") -> None:
        """Adds a trade; name its venue if the set is of several venues. Costs one dict and one addition."""
        time, name = trade.exchange_time, trade.trade_id
        number = time // self._length
        if number < self._first and time >= self.started - MOST:
            self._begin_at(time)
        base, clocks = self._base, self._clocks
        clocks.traded(venue, time)
        if number >= base.closed and time <= clocks.now + AHEAD:
            if name and not self._seen.add((venue, name) if venue else name):
                self.duplicates += 1
                return
            slot = base.open.get(number)
            if slot is None:
                slot = base.opened(number)
            try:
                if slot.sums is None:
                    slot.sums = OhlcvSum.of_trade(time, venue, name, trade.price, trade.size)
                else:
                    slot.sums.trade(time, venue, name, trade.price, trade.size)
            except ArithmeticError:
                self.refused += 1
                return
            if time > clocks.newest:
                clocks.newest = time
        else:
            self._out_of_time(trade, venue)

    def gap(self, after_time: int, before_time: int) -> None:
        """Trades are missing between two times (nanoseconds UTC), themselves included: every interval they touch is
        partial."""
        after_time, before_time = sorted((after_time, min(before_time, self._clocks.now + AHEAD)))
        if before_time < self._begin:
            return
        for series in self._series:
            number = series.interval.number(max(after_time, self._begin))
            for at in range(max(number, series.first), series.interval.number(before_time) + 1):
                slot = series.kept(at)
                if slot is None:
                    series.opened(at).flags |= GAP_WITHIN
                elif not slot.fixed and not slot.flags & GAP_WITHIN:
                    series.own(at).flags |= GAP_WITHIN
                    series.changed(at)

    def lost(self, time: int, venue: str = "") -> None:
        """The connection is down since `time` (nanoseconds UTC): candles that close until it is back are partial."""
        self._lost.setdefault(venue, time - max(0, self.ahead(venue) or 0))

    def back(self, time: int, venue: str = "") -> None:
        """The connection is back: from `time` (nanoseconds UTC) on no trade is missed."""
        since = self._lost.pop(venue, None)
        if since is not None:
            self.gap(since, time)

    def hold(self, venue: str, last: int) -> None:
        """Whether trades of the venue are missing since `last` (nanoseconds UTC) will be known soon: until release(),
        no interval that ends later is closed."""
        self._held[venue] = last
        self._lost[venue] = last

    def release(self, venue: str) -> None:
        """Closes intervals again; whether trades are missing is still open."""
        self._held.pop(venue, None)

    def continue_whole(self, venue: str) -> None:
        """No trade of the venue is missing since the time of hold()."""
        self.release(venue)
        self._lost.pop(venue, None)

    def interest(self, value: Decimal, time: int) -> None:
        """Open interest at `time` (nanoseconds UTC): candles that are closed from now on and end then or later have it,
        until there is a newer value."""
        self._interest.note(value, time)

    def advance(self, now: int) -> list[Candle]:
        """Closes the intervals that are over at `now` (nanoseconds UTC). Returns candles that were closed or corrected
        since the last call, empty candles included, in order of their ends, then shortest first. Closed candles that
        nobody wants to hear of are left out."""
        over = self._clocks.advance(now) - self._lateness
        if self._held:
            over = min(over, *self._held.values())
        watermark = self._watermark = max(self._watermark, over)
        candles = self._corrections()
        for index, series in enumerate(self._series):
            if watermark < series.due:  # As most of the longer ones, each time.
                continue
            for number, slot in self._close(series):
                if series.listed and self.heard(series.interval.name):
                    candle = series.candle_of(number, slot)
                    candles.append((candle.close_time, index, candle))
                fold(series, number, slot)
        if watermark - self._seen_since >= self._lateness and self._seen.full:
            self._seen_since = watermark
            self._seen.turn()
        return _in_order(candles)

    def _close(self, series: CandleSeries) -> list[tuple[int, Slot]]:
        """Closes what is over; returns the numbers and the slots."""
        closed = series.close(self._until(series), self._lost_since, self._interest.at)
        if closed:
            series.awaited = False  # Nobody has published it.
        return closed

    @property
    def _lost_since(self) -> int | None:
        return min(self._lost.values()) if self._lost else None

    def _until(self, series: CandleSeries) -> int:
        """What ended at or before this time is closed now, from the trades that were received here."""
        until = self._watermark
        if series.awaited:
            now, patience = self._clocks.now, published.PATIENCE
            until = min(now, until) - patience if now >= self.started + patience else 0
        # A longer candle is closed when all of its parts are.
        return until if series.source is None else min(until, series.source.interval.open(series.source.closed))

    # -- what ingesters publish

    def publish(self, candle: Candle) -> list[Candle]:
        """An ingester has published a closed candle. Returns the candles that are closed or corrected by it, oldest
        first. The candle before the first that is kept is kept; those before it are passed over."""
        series = self._by_name.get(candle.interval.name)
        number = None if series is None else published.number_of(series, candle)
        if series is None or number is None or candle.close_time > self._clocks.ours + LEAD:
            return []
        series.awaited, slot = True, published.slot_of(candle)
        if number == series.first - 1:
            published.load(series, {number: slot})
            return []
        if number < series.closed:
            return [series.candle(number)] if published.correct(series, number, slot) else []
        closed = [*series.close(candle.open_time, self._lost_since, self._interest.at)]
        closed.append((number, series.close_as(slot, self._lost_since, self._interest.at)))
        for each in closed:
            fold(series, *each)
        return [series.candle_of(*each) for each in closed]

    def load_published(self, candles: Sequence[Candle]) -> None:
        """Candles that ingesters published long ago, all of some time: those from before the first that is kept are
        kept, the others are corrections. Nothing of this is published."""
        of_series: dict[str, dict[int, Slot]] = {}
        # In the order in which they were closed, and shorter ones first, as live.
        order = sorted(candles, key=lambda each: (each.close_time, each.interval.longest, each.revision))
        for candle in order:
            series = self._by_name.get(candle.interval.name)
            number = None if series is None else published.number_of(series, candle)
            if series is None or number is None:
                continue
            if number >= series.first:
                self.publish(candle)
                continue
            slots, slot = of_series.setdefault(series.interval.name, {}), published.slot_of(candle)
            if number not in slots or slots[number].yields_to(slot):
                slots[number] = slot
        # Longest first: what is published is not built of shorter candles.
        for series in reversed(self._series):
            published.load(series, of_series.get(series.interval.name, {}))

    # -- clocks

    def seen(self, venue: str, ahead: int, now: int) -> None:
        """A message of the venue that is no trade: its receipt less its own time, and the server's time, in ns."""
        self._clocks.seen(venue, ahead, now)

    def stepped(self, by: int) -> None:
        """Our clock was put forward by so much (negative: back), nanoseconds."""
        self._clocks.stepped(by)

    def ahead(self, venue: str) -> int | None:
        """Our clock less the venue's, nanoseconds, from the newest messages; None where nothing is known."""
        return self._clocks.ahead(venue)

    # -- reading

    def latest(self, interval: Interval) -> Candle:
        """The candle of the newest time seen, which is open; without prices if there were no trades in it."""
        series = self._by_name[interval.name]
        return series.candle(max(series.closed, series.interval.number(self._clocks.newest_time)))

    def candles(
        self, interval: Interval, start: int, end: int, limit: int, fill: Fill = Fill.NONE, include_open: bool = False
    ) -> list[Candle]:
        """Candles that open in [start, end) (nanoseconds UTC), oldest first, at most `limit`.

        With `include_open` those that are not closed yet come last: the newest, and those before it within `lateness`.
        """
        newest = self._clocks.newest_time if include_open else None
        return self._by_name[interval.name].read(start, end, limit, fill, newest)

    def said_of_parts(self, interval: Interval, open_time: int) -> tuple[list[Said], int]:
        """What ingesters said of the closed parts of the candle in progress that opens then, and up to which time."""
        found, at = [], open_time
        series = self._by_name[interval.name].source
        while series is not None:
            number = series.interval.number(at)
            while (slot := series.kept(number)) is not None and slot.said is not None:
                found.append(slot.said)
                number += 1
                at = series.interval.open(number)
            series = series.source
        return found, at

    def last_traded(self, interval: Interval) -> tuple[int, Decimal] | None:
        """Open time and close of the newest closed candle with trades; the time is 0 where it is not kept any more."""
        return self._by_name[interval.name].last_traded()

    # -- the venue's own candles

    def load(self, interval: Interval, venue_candles: Sequence[VenueCandle]) -> int:
        """The venue's candles from before `started`, as history and to complete longer candles in progress.

        Those that ended later, are not final or do not begin where ours do are passed over. Returns how many it took.
        """
        return reconcile.load(self._by_name[interval.name], venue_candles)

    def parts_before(self, interval: Interval) -> list[Candle]:
        """The loaded candles of which longer candles in progress are made, newest first."""
        series = self._by_name[interval.name]
        opened = [longer.interval.open(longer.closed) for longer in series.dependents]
        first = max(series.first, min((series.interval.number(time) for time in opened), default=series.listening))
        return [series.candle(number) for number in range(series.listening - 1, first - 1, -1)]

    def unreconciled(self, interval: Interval, now: int) -> tuple[int, int] | None:
        """The open times [start, end) (nanoseconds UTC) of closed candles that are worth comparing with the venue's at
        `now`; None if there are none. Comparing them is expected next, or asking again."""
        return reconcile.unreconciled(self._by_name[interval.name], now)

    def compare(
        self, interval: Interval, venue_candles: Sequence[VenueCandle], now: int, thresholds: Thresholds | None = None
    ) -> list[Candle]:
        """Compares closed candles with the venue's final ones at `now` (nanoseconds UTC); returns those that changed.

        A complete candle keeps its numbers and has the differences beside them. A partial one is confirmed if the
        venue's is equal, and replaced by it if not; longer candles that are built of it follow.
        """
        reconcile.compare(self._by_name[interval.name], venue_candles, now, thresholds or Thresholds())
        return _in_order(self._corrections())

    # --

    def _make_series(self, intervals: Sequence[Interval], keep: int, begin: int) -> None:
        self._series = make_series(intervals, keep, self.started, begin)
        self._by_name = {series.interval.name: series for series in self._series if series.listed}
        for series in self._by_name.values():
            series.awaited = self._awaited
        self._base = self._series[0]
        self._first = self._base.listening
        self._begin = self._base.interval.open(self._first)

    def _begin_at(self, time: int) -> None:
        """The first trade is from before `started`, which is by our clock: the venue's is behind it. What opens before
        `started` is partial all the same."""
        before = self._series
        if self._clocks.newest >= self.started or any(series.slots or series.holds_trades for series in before):
            return
        self._clocks.newest = self._watermark = time - self._lateness
        self._make_series(self.intervals, self._keep, time)
        for series, old in zip(self._series, before, strict=True):
            for number, slot in old.open.items():
                series.opened(number).flags |= slot.flags

    def _out_of_time(self, trade: Trade, venue: str) -> None:
        time, name = trade.exchange_time, trade.trade_id
        if time > self._clocks.now + AHEAD:
            self.too_early += 1
            return
        if name and not self._seen.add((venue, name) if venue else name):
            self.duplicates += 1
            return
        if time < self._begin:
            self.too_late += 1
            return
        try:
            sums = OhlcvSum.of_trade(time, venue, name, trade.price, trade.size)
        except ArithmeticError:
            self.refused += 1
            return
        self.too_late += not merge_late(self._base, sums)

    def _corrections(self) -> list[tuple[int, int, Candle]]:
        candles = []
        for index, series in enumerate(self._series):
            if not series.dirty:
                continue
            for number in series.dirty if series.listed else ():
                slot = series.kept(number)
                if slot is not None:
                    slot.revision += 1
                    candles.append((series.interval.open(number + 1), index, series.candle(number)))
            series.dirty.clear()
        return candles


def _in_order(candles: list[tuple[int, int, Candle]]) -> list[Candle]:
    """By their ends, then shortest first."""
    if len(candles) > 1:
        candles.sort(key=itemgetter(0, 1))
    return [candle for _, _, candle in candles]
