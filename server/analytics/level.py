"""The candles of one interval: those that are closed and kept, and those that still gather trades."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal

from .bucket import Bucket
from .candle import Candle, CandleSource, CandleState, Fill, Reconciliation
from .intervals import Interval

_ZERO = Decimal(0)

STARTED_WITHIN = 1
"""Flag of a cell: the server was not listening from its beginning."""
GAP_WITHIN = 2
"""Flag of a cell: trades are missing, or the connection was lost."""


class Cell:
    """One interval. `shared` ones stand for many empty intervals and are never changed: Level.own copies them."""

    __slots__ = ("bucket", "flags", "from_venue", "open_interest", "reconciliation", "revision", "shared")

    def __init__(self, flags: int = 0, bucket: Bucket | None = None, from_venue: bool = False) -> None:
        self.flags = flags
        self.bucket = bucket
        self.from_venue = from_venue
        self.revision = 0
        self.reconciliation: Reconciliation | None = None
        self.open_interest: Decimal | None = None
        self.shared = False

    def merge(self, bucket: Bucket) -> None:
        """Adds trades."""
        if self.bucket is None:
            self.bucket = bucket.copy()
        else:
            self.bucket.merge(bucket)


class Level:
    """One interval's cells, by number. Closed ones are kept without holes from number `first` to before `closed`."""

    def __init__(
        self, interval: Interval, keep: int, started: int, listed: bool = True, begin: int | None = None
    ) -> None:
        self.interval = interval
        self.keep = keep
        self.listed = listed
        """Somebody asked for this interval; others are only there to build longer ones."""
        self.started = started
        self.listening = interval.number(started if begin is None else begin)
        """Number of the first interval: in which the server began to listen, or of a trade that is older (`begin`)."""
        self.source: Level | None = None
        """The level whose closed cells this one is built of; None: trades."""
        self.dependents: list[Level] = []
        self.cells: deque[Cell] = deque()
        self.first = self.closed = self.listening
        self.due = interval.open(self.closed + 1)
        """When the first open interval ends, nanoseconds UTC."""
        self.open: dict[int, Cell] = {}
        self.dirty: set[int] = set()
        """Numbers of closed cells that were changed and not told."""
        self.asked = self.first
        """The venue's own candles of all numbers before this one were asked for."""
        self.asking = self.first
        self._close_before: Decimal | None = None
        self._blank: dict[tuple[int, Decimal | None], Cell] = {}

    @property
    def holds_trades(self) -> bool:
        """Some open cell has trades."""
        return any(cell.bucket is not None for cell in self.open.values())

    def times(self, number: int) -> tuple[int, int]:
        """Begin and end of an interval, nanoseconds UTC."""
        return self.interval.open(number), self.interval.open(number + 1)

    def kept(self, number: int) -> Cell | None:
        """The closed cell of this number, not to be changed; None if it is open or not kept."""
        return self.cells[number - self.first] if self.first <= number < self.closed else None

    def own(self, number: int) -> Cell:
        """The closed, kept cell of this number, to be changed: it will be told as a correction."""
        cell = self.cells[number - self.first]
        if cell.shared:
            copy = Cell(cell.flags)
            copy.open_interest = cell.open_interest
            self.cells[number - self.first] = cell = copy
        self.dirty.add(number)
        return cell

    def changed(self, number: int) -> None:
        """Its numbers are others than those that were compared with the venue's."""
        self.cells[number - self.first].reconciliation = None
        self.asked = min(self.asked, number)

    def opened(self, number: int) -> Cell:
        """The open cell of this number."""
        cell = self.open.get(number)
        if cell is None:
            cell = Cell(STARTED_WITHIN if self.interval.open(number) < self.started else 0)
            self.open[number] = cell
        return cell

    def close(
        self, watermark: int, lost: int | None, interest: Callable[[int], Decimal | None]
    ) -> Iterator[tuple[int, Cell]]:
        """Closes what ended at or before `watermark`, and keeps it. `lost`: the connection is away since then.

        When the clock jumps by more intervals than are kept, empty ones that would not be kept are left out.
        """
        end = self.interval.number(watermark)
        if end - self.closed > self.keep:
            yield from self._close_old(end - self.keep, lost, interest)
        while self.closed < end:
            cell = self._closing(self.closed, lost, interest)
            self.cells.append(cell)
            self.closed += 1
            yield self.closed - 1, cell
        self.due = self.interval.open(self.closed + 1)
        self.prune()

    def _close_old(
        self, end: int, lost: int | None, interest: Callable[[int], Decimal | None]
    ) -> Iterator[tuple[int, Cell]]:
        self._forget(len(self.cells))
        for number in sorted(number for number in self.open if number < end):
            cell = self._closing(number, lost, interest)
            if cell.bucket is not None:
                self._close_before = cell.bucket.close
            yield number, cell
        self.first = self.closed = end

    def _closing(self, number: int, lost: int | None, interest: Callable[[int], Decimal | None]) -> Cell:
        cell = self.open.pop(number, None)
        if number == self.listening:
            # Parts from before the server listened are history by now, perhaps: then it is complete.
            cell = self.whole(number) or cell
        close_time = self.interval.open(number + 1)
        away = GAP_WITHIN if lost is not None and lost < close_time else 0
        held = interest(close_time)
        if cell is not None:
            cell.flags |= away
            cell.open_interest = held
            return cell
        flags = away | (STARTED_WITHIN if self.interval.open(number) < self.started else 0)
        return self._empty(flags, held)

    def _empty(self, flags: int, held: Decimal | None) -> Cell:
        cell = self._blank.get((flags, held))
        if cell is None:
            if len(self._blank) > 8:
                self._blank.clear()
            cell = self._blank[flags, held] = Cell(flags)
            cell.open_interest, cell.shared = held, True
        return cell

    def put_before(self, cells: list[Cell]) -> None:
        """Keeps these as the ones before the first."""
        self.cells.extendleft(reversed(cells))
        self.first -= len(cells)
        self.prune()

    def prune(self) -> None:
        """Forgets what is more than is kept."""
        if len(self.cells) > self.keep:
            self._forget(len(self.cells) - self.keep)

    def _forget(self, count: int) -> None:
        for _ in range(count):
            cell = self.cells.popleft()
            self.dirty.discard(self.first)
            self.first += 1
            if cell.bucket is not None:
                self._close_before = cell.bucket.close

    def close_before(self, number: int) -> Decimal | None:
        """The last price before this interval; None if there is none among those kept."""
        for earlier in range(min(number, self.closed) - 1, self.first - 1, -1):
            bucket = self.cells[earlier - self.first].bucket
            if bucket is not None:
                return bucket.close
        return self._close_before

    def gathered(self, number: int) -> Bucket | None:
        """All trades of an open interval: those of closed parts of it, and those of parts that are open too."""
        begin, end = self.times(number)
        whole = Cell()
        level: Level | None = self
        while level is not None:
            for part, cell in level.open.items():
                if cell.bucket is not None and begin <= level.interval.open(part) < end:
                    whole.merge(cell.bucket)
            level = level.source
        return whole.bucket

    def whole(self, number: int) -> Cell | None:
        """The sum of the closed parts of an interval; None if one of them is not kept.

        Of the interval in which the server began to listen the first parts may be unknown: it is partial then.
        """
        source = self.source
        if source is None:
            return None
        begin, end = (source.interval.number(time) for time in self.times(number))
        whole = Cell()
        if begin < source.first <= source.listening and number == self.listening:
            begin, whole.flags = source.first, STARTED_WITHIN
        if begin < source.first or begin >= source.closed:
            return None
        for part in range(begin, min(end, source.closed)):
            cell = source.cells[part - source.first]
            whole.flags |= cell.flags
            if cell.bucket is not None:
                whole.merge(cell.bucket)
        return whole

    def candle(self, number: int) -> Candle:
        """The candle of this number, closed or open, as it is now."""
        cell = self.kept(number)
        if cell is None:
            return self.told(number, Cell(0, self.gathered(number)), CandleState.OPEN)
        return self.told(number, cell)

    def told(self, number: int, cell: Cell, state: CandleState | None = None) -> Candle:
        """A cell as readers get it; without `state` it is closed."""
        bucket = cell.bucket
        state = state or _state(cell.flags)
        source = CandleSource.VENUE if cell.from_venue else CandleSource.TRADES
        open_time, close_time = self.times(number)
        if bucket is None:
            return Candle(
                self.interval, open_time, close_time, None, None, None, None, _ZERO, _ZERO, 0,
                state, source, cell.revision, cell.reconciliation, cell.open_interest,
            )  # fmt: skip
        return Candle(
            self.interval, open_time, close_time, bucket.open, bucket.high, bucket.low, bucket.close,
            bucket.volume, bucket.quote, bucket.trades,
            state, source, cell.revision, cell.reconciliation, cell.open_interest,
        )  # fmt: skip

    def read(self, start: int, end: int, limit: int, fill: Fill, newest: int | None) -> list[Candle]:
        """Candles that open in [start, end), oldest first; open ones up to the interval of the time `newest` if set."""
        number = max(self.first, self._at_or_after(start))
        stop = self.closed if newest is None else max(self.closed, self.interval.number(newest) + 1)
        stop = min(stop, self._at_or_after(end))
        found: list[Candle] = []
        previous = self.close_before(number) if fill is Fill.PREVIOUS else None
        while number < stop and len(found) < limit:
            cell = self.kept(number)
            if fill is not Fill.NONE or cell is None or cell.bucket is not None:
                candle = self.candle(number)
                if fill is not Fill.NONE or not candle.empty:
                    found.append(candle.filled(previous) if fill is Fill.PREVIOUS else candle)
                previous = candle.close if candle.close is not None else previous
            number += 1
        return found

    def _at_or_after(self, time: int) -> int:
        """Number of the first interval that begins at `time` or later."""
        number = self.interval.number(time)
        return number if self.interval.open(number) == time else number + 1


def _state(flags: int) -> CandleState:
    if flags & GAP_WITHIN:
        return CandleState.PARTIAL_GAP
    return CandleState.PARTIAL_START if flags & STARTED_WITHIN else CandleState.COMPLETE
