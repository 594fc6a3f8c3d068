"""Order-flow imbalance of the best levels and volume of the aggressors, over sliding windows of time. Exact, and pure.

Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events" (2014): an update of the book contributes what came
to the best bid and left the best ask, less what left the best bid and came to the best ask. The same is done for every
level by its rank. Sizes are scaled integers, times nanoseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from orderbook_ext import BookUpdate, UpdateKind

from ...model import Side, Trade
from ..exact import shifted
from ..seen_ids import SeenIds
from ..sliding import Absences, SlidingSums
from ..sums import EXACT

PPM = 1_000_000
BOOK_DECIMALS, TRADE_DECIMALS = 18, 36
"""Of the sums: no size of a book or of a trade has more."""
Levels = Sequence[tuple[int, int]]
_DIGITS = {Side.BUY: (1, 0, 0), Side.SELL: (0, 1, 0), Side.UNKNOWN: (0, 0, 1)}


@dataclass(frozen=True, slots=True)
class FlowWindow:
    """What happened in (start, end]. Sizes are base units."""

    window: int
    """Length in nanoseconds."""
    start: int
    end: int
    by_level: tuple[Decimal, ...]
    """Order-flow imbalance of each level by its rank, best first."""
    updates: int
    coverage_ppm: int
    """Part of the window in which the book was followed, in millionths, rounded down."""
    partial: bool
    """Flow of the window is not known, or may not be."""
    buy_volume: Decimal
    sell_volume: Decimal
    unknown_volume: Decimal
    trades: int
    trades_partial: bool


class BookFlow:
    """Order-flow imbalance of one venue's book from each of its updates."""

    def __init__(self, levels: int, longest: int) -> None:
        self._levels = levels
        self.sums = SlidingSums(levels, longest)
        self.absences = Absences(longest)
        self.shown: BookUpdate | None = None
        """The present book; None while it is not followed."""

    def update(self, update: BookUpdate, time: int) -> None:
        """Takes the next update, which happened at this time."""
        before, self.shown = self.shown, None if update.kind == UpdateKind.HIDDEN else update
        if self.shown is None:
            self.absences.begin(time)
        elif before is None:
            self.absences.end(time)
        elif update.kind == UpdateKind.FRAME:
            self.sums.add(time, flows(before, update, self._levels))
        elif not _same(before, update):
            self.absences.mark(time)

    def lost(self, time: int) -> None:
        """Updates after the last update are missing: the book is followed again from the next update on."""
        self.shown = None
        self.absences.begin(time)


class TradeFlow:
    """Volume of one venue's trades by their aggressors."""

    def __init__(self, longest: int) -> None:
        self.sums = SlidingSums(3, longest)
        self.absences = Absences(longest)
        self._seen = SeenIds()
        self.refused = 0
        """Trades whose size is no amount; they are left out."""

    def add(self, trade: Trade, time: int) -> None:
        """Adds a trade of this time; a trade whose id was added before is left out."""
        if self._seen.full:
            self._seen.turn()
        if trade.trade_id and not self._seen.add(trade.trade_id):
            return
        size = EXACT.scaleb(trade.size, TRADE_DECIMALS)
        if size < 0 or size != size.to_integral_value():
            self.refused += 1
            return
        whole = int(size)
        self.sums.add(time, [whole * digit for digit in _DIGITS[trade.side]])


class VenueFlow:
    """Order flow and volume of one venue."""

    def __init__(self, levels: int, windows: Sequence[int]) -> None:
        """`windows`: lengths in nanoseconds."""
        self._windows = sorted(windows)
        longest = self._windows[-1]
        self.book = BookFlow(levels, longest)
        self.trades = TradeFlow(longest)

    @property
    def newest(self) -> int:
        """When the newest event happened; 0 before the first."""
        return max(self.book.sums.newest, self.trades.sums.newest)

    def window_values(self, end: int) -> list[FlowWindow]:
        """The windows that end at this time, which is not before the newest event; shortest first."""
        return [self._window(window, end) for window in self._windows]

    def _window(self, window: int, end: int) -> FlowWindow:
        start = end - window
        flow, updates = self.book.sums.since(start)
        volumes, trades = self.trades.sums.since(start)
        followed, partial = self.book.absences.within(start, end)
        _, trades_partial = self.trades.absences.within(start, end)
        buy, sell, unknown = (shifted(volume, TRADE_DECIMALS) for volume in volumes)
        return FlowWindow(
            window,
            start,
            end,
            tuple(shifted(each, BOOK_DECIMALS) for each in flow),
            updates,
            followed * PPM // window,
            partial or start < self.book.sums.forgotten,
            buy,
            sell,
            unknown,
            trades,
            trades_partial or start < self.trades.sums.forgotten,
        )


def flows(before: BookUpdate, after: BookUpdate, levels: int) -> list[int]:
    """The contribution of one update to each level's imbalance, at BOOK_DECIMALS."""
    if (before.price_decimals, before.size_decimals) == (after.price_decimals, after.size_decimals):
        factor = 10 ** (BOOK_DECIMALS - after.size_decimals)
        return [factor * flow for flow in _flows((before.bids, before.asks), (after.bids, after.asks), levels)]
    return _flows(_widened(before), _widened(after), levels)


def _flows(before: tuple[Levels, Levels], after: tuple[Levels, Levels], levels: int) -> list[int]:
    bids = _came(before[0][:levels], after[0][:levels], levels, 1)
    asks = _came(before[1][:levels], after[1][:levels], levels, -1)
    return [bid - ask for bid, ask in zip(bids, asks, strict=True)]


def _came(before: Levels, after: Levels, levels: int, sign: int) -> list[int]:
    """What came to each level of one side, less what left it; `sign` is 1 for bids and -1 for asks.

    A level that was not there was as bad as can be, and so is one that is there no longer.
    """
    if before == after:
        return [0] * levels
    came = []
    for (old_price, old_size), (price, size) in zip(before, after, strict=False):
        if price == old_price:
            came.append(size - old_size)
        else:
            came.append(size if (price - old_price) * sign > 0 else -old_size)
    common = len(came)
    came += [size for _, size in after[common:]]
    came += [-size for _, size in before[common:]]
    return came + [0] * (levels - len(came))


def _widened(update: BookUpdate) -> tuple[Levels, Levels]:
    """Both sides at BOOK_DECIMALS."""
    price, size = 10 ** (BOOK_DECIMALS - update.price_decimals), 10 ** (BOOK_DECIMALS - update.size_decimals)
    bids, asks = ([(level[0] * price, level[1] * size) for level in side] for side in (update.bids, update.asks))
    return bids, asks


def _same(one: BookUpdate, other: BookUpdate) -> bool:
    """Whether the best levels of both are equal."""
    return _widened(one) == _widened(other)


def together(venues: Sequence[Sequence[FlowWindow]]) -> list[FlowWindow]:
    """The windows of several venues as one: sums, the smallest coverage, and partial if one of them is."""
    return [_sum(column) for column in zip(*venues, strict=True)]


def _sum(windows: Sequence[FlowWindow]) -> FlowWindow:
    def total(values: Sequence[Decimal]) -> Decimal:
        result = Decimal(0)
        for value in values:
            result = EXACT.add(result, value)
        return result

    first = windows[0]
    return FlowWindow(
        first.window,
        first.start,
        first.end,
        tuple(total(rank) for rank in zip(*(each.by_level for each in windows), strict=True)),
        sum(each.updates for each in windows),
        min(each.coverage_ppm for each in windows),
        any(each.partial for each in windows),
        total([each.buy_volume for each in windows]),
        total([each.sell_volume for each in windows]),
        total([each.unknown_volume for each in windows]),
        sum(each.trades for each in windows),
        any(each.trades_partial for each in windows),
    )


def imbalance_ppb(bid_size: Decimal, ask_size: Decimal) -> int | None:
    """(bid - ask) / (bid + ask) in billionths, rounded half to even; None where both are 0."""
    total = EXACT.add(bid_size, ask_size)
    if not total:
        return None
    return round(Fraction(EXACT.subtract(bid_size, ask_size)) * 10**9 / Fraction(total))
