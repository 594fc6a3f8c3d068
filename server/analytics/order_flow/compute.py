"""Order-flow imbalance of the best levels and volume of the aggressors, over sliding windows of time. Exact, and pure.

Cont, Kukanov and Stoikov, "The Price Impact of Order Book Events" (2014): an update of the book contributes what came
to the best bid and left the best ask, less what left the best bid and came to the best ask. The same is done for every
level by its rank. Sizes are scaled integers, times nanoseconds since 1970 UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from orderbook_ext import BookUpdate, UpdateKind

from ...model import Side, Trade
from ..candles.seen_ids import SeenIds
from ..exact import shifted
from ..sums import EXACT

PPM = 1_000_000
BOOK_DECIMALS, TRADE_DECIMALS = 18, 36
"""Of the sums: no size of a book or of a trade has more."""
MOST = 65_536
"""Different times that are remembered of one venue; windows that would need more are partial."""

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


class SlidingSums:
    """Sums of vectors over windows that end at the newest, in memory of the longest window."""

    def __init__(self, width: int, longest: int, most: int = MOST) -> None:
        """`width`: numbers of a vector; `longest`: nanoseconds of the longest window; `most`: different times kept."""
        self._longest = longest
        self._most = most
        self._times = [0]
        self._totals: list[tuple[int, ...]] = [(0,) * width]
        self._counts = [0]
        self._head = 0
        """The entries before it are older than every window; they are dropped many at a time."""
        self.forgotten = 0
        """What happened up to this time is not known any more, though a window might need it."""

    @property
    def newest(self) -> int:
        """Time of the newest vector; 0 before the first."""
        return self._times[-1]

    def add(self, time: int, vector: Sequence[int]) -> None:
        """Adds a vector at a time; a time before the newest counts as that."""
        total = tuple(map(int.__add__, self._totals[-1], vector))
        if time <= self._times[-1]:
            self._totals[-1], self._counts[-1] = total, self._counts[-1] + 1
            return
        self._times.append(time)
        self._totals.append(total)
        self._counts.append(self._counts[-1] + 1)
        self._prune(time - self._longest)

    def _prune(self, oldest: int) -> None:
        while self._head + 1 < len(self._times) and self._times[self._head + 1] <= oldest:
            self._head += 1
        if len(self._times) - self._head > self._most:
            self._head = len(self._times) - self._most
            self.forgotten = self._times[self._head]
        if self._head > 1000 and self._head * 2 > len(self._times):
            del self._times[: self._head], self._totals[: self._head], self._counts[: self._head]
            self._head = 0

    def since(self, start: int) -> tuple[tuple[int, ...], int]:
        """The sum of the vectors behind this time, and how many there are."""
        at = max(self._head, bisect_right(self._times, start, self._head) - 1)
        total = tuple(map(int.__sub__, self._totals[-1], self._totals[at]))
        return total, self._counts[-1] - self._counts[at]


class Absences:
    """Stretches of time in which something was not followed; moments count as stretches without length."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._ended: deque[tuple[int, int]] = deque()
        self._since: int | None = 0
        """Begin of the one that lasts; at first it lasts since ever."""

    def begin(self, at: int) -> None:
        """Nothing is followed from this time on."""
        if self._since is None:
            self._since = at

    def end(self, at: int) -> None:
        """All is followed from this time on."""
        if self._since is not None:
            self._note(self._since, max(at, self._since))
            self._since = None

    def mark(self, at: int) -> None:
        """Something was missed at this moment."""
        if self._since is None:
            self._note(at, at)

    def between(self, after: int, before: int) -> None:
        """Something was missed between these times."""
        self._note(min(after, before), before)

    def _note(self, start: int, end: int) -> None:
        self._ended.append((start, end))
        while self._ended and self._ended[0][1] < end - self._longest:
            self._ended.popleft()

    def within(self, start: int, end: int) -> tuple[int, bool]:
        """How long something was followed in (start, end], and whether anything was missed in it."""
        touched = [each for each in self._ended if each[1] > start and each[0] <= end]
        if self._since is not None and self._since <= end:
            touched.append((self._since, end))
        missed, reached = 0, start
        for begin, finish in sorted(touched):
            missed += max(0, min(finish, end) - max(begin, reached))
            reached = max(reached, finish)
        return end - start - missed, bool(touched)


class BookFlow:
    """Order-flow imbalance of one venue's book from each of its updates."""

    def __init__(self, levels: int, longest: int) -> None:
        self._levels = levels
        self.sums = SlidingSums(levels, longest)
        self.absences = Absences(longest)
        self.shown: BookUpdate | None = None
        """The book as it is; None while it is not followed."""

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
        """Updates behind the last one are missing: the book is followed again from the next on."""
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
        """Takes in one trade, which happened at this time; one that came before, by its id, is left out."""
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
    """Both of one venue."""

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
    """What one update contributes to each level's imbalance, at BOOK_DECIMALS."""
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
    """The windows of several venues as one: sums, the least coverage, and partial where one of them is."""
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
