"""The candles of one interval: closed candles that are kept, and open candles that still gather trades."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal

from ..intervals import Interval
from .candle import Candle, CandleSource, CandleState, Fill, Reconciliation, Said
from .ohlcv_sum import OhlcvSum

_ZERO = Decimal(0)

STARTED_WITHIN = 1
"""Flag of a slot: the server was not listening from its beginning."""
GAP_WITHIN = 2
"""Flag of a slot: trades are missing, or the connection was lost."""


class Slot:
    """One interval. `shared` ones stand for many empty intervals and are never changed: `own` copies
    them."""

    __slots__ = ("flags", "from_venue", "open_interest", "reconciliation", "revision", "said", "shared", "sums")

    def __init__(self, flags: int = 0, sums: OhlcvSum | None = None, from_venue: bool = False) -> None:
        self.flags = flags
        self.sums = sums
        self.from_venue = from_venue
        self.revision = 0
        self.reconciliation: Reconciliation | None = None
        self.open_interest: Decimal | None = None
        self.said: Said | None = None
        self.shared = False

    @property
    def fixed(self) -> bool:
        """The numbers are those of the venue or of an ingester: this server's trades and gaps change nothing."""
        return self.from_venue or self.said is not None

    def yields_to(self, other: Slot) -> bool:
        """Whether the slot of an ingester is to stand in place of this one.

        An ingester's candle is the truth, but where it began within the interval and this server knows all trades of
        the interval, from another ingester. Of one ingester the highest revision counts, of several the first complete
        candle.
        """
        assert other.said is not None
        if self.said is None:
            return bool(self.flags) or not other.flags & STARTED_WITHIN
        if self.said.epoch == other.said.epoch:
            return other.said.revision > self.said.revision
        return bool(self.flags) and not other.flags

    def merge(self, sums: OhlcvSum) -> None:
        """Adds trades."""
        if self.sums is None:
            self.sums = sums.copy()
        else:
            self.sums.merge(sums)


class CandleSeries:
    """One interval's slots, by number. Closed slots are kept without gaps from number `first` to before `closed`."""

    def __init__(
        self, interval: Interval, keep: int, started: int, listed: bool = True, begin: int | None = None
    ) -> None:
        self.interval = interval
        self.keep = keep
        self.listed = listed
        """This interval is configured or requested; other intervals only help to build longer ones."""
        self.awaited = False
        """An ingester is expected to publish these candles: they are closed when its candles come."""
        self.started = started
        self.listening = interval.number(started if begin is None else begin)
        """Number of the first interval: in which the server began to listen, or of a trade that is older (`begin`)."""
        self.source: CandleSeries | None = None
        """The series whose closed slots build this series; None: it is built from trades."""
        self.dependents: list[CandleSeries] = []
        self.slots: deque[Slot] = deque()
        self.first = self.closed = self.listening
        self.due = interval.open(self.closed + 1)
        """When the first open interval ends, nanoseconds UTC."""
        self.open: dict[int, Slot] = {}
        self.dirty: set[int] = set()
        """Numbers of closed slots that changed since the last publication."""
        self.asked = self.first
        """The venue's own candles of all numbers before this number were requested."""
        self.asking = self.first
        self._close_before: Decimal | None = None
        self._blank: dict[tuple[int, Decimal | None], Slot] = {}

    @property
    def holds_trades(self) -> bool:
        """Some open slot has trades."""
        return any(slot.sums is not None for slot in self.open.values())

    def times(self, number: int) -> tuple[int, int]:
        """Begin and end of an interval, nanoseconds UTC."""
        return self.interval.open(number), self.interval.open(number + 1)

    def kept(self, number: int) -> Slot | None:
        """The closed slot of this number, not to be changed; None if it is open or not kept."""
        return self.slots[number - self.first] if self.first <= number < self.closed else None

    def own(self, number: int) -> Slot:
        """The closed, kept slot of this number, to be changed: the change will be published as a correction."""
        slot = self.slots[number - self.first]
        if slot.shared:
            copy = Slot(slot.flags)
            copy.open_interest = slot.open_interest
            self.slots[number - self.first] = slot = copy
        self.dirty.add(number)
        return slot

    def changed(self, number: int) -> None:
        """The numbers changed since they were compared with the venue's."""
        self.slots[number - self.first].reconciliation = None
        self.asked = min(self.asked, number)

    def opened(self, number: int) -> Slot:
        """The open slot of this number."""
        slot = self.open.get(number)
        if slot is None:
            slot = Slot(STARTED_WITHIN if self.interval.open(number) < self.started else 0)
            self.open[number] = slot
        return slot

    def close(
        self, watermark: int, lost: int | None, interest: Callable[[int], Decimal | None]
    ) -> list[tuple[int, Slot]]:
        """Closes what ended at or before `watermark`, and keeps it; returns the numbers and the slots. `lost`: the
        connection is away since then.

        When the clock jumps by more intervals than are kept, empty ones that would not be kept are left out.
        """
        closed: list[tuple[int, Slot]] = []
        if watermark < self.due:
            return closed
        end = self.interval.number(watermark)
        if end - self.closed > self.keep:
            closed += self._close_old(end - self.keep, lost, interest)
        while self.closed < end:
            slot = self._closing(self.closed, lost, interest)
            self.slots.append(slot)
            closed.append((self.closed, slot))
            self.closed += 1
        self.due = self.interval.open(self.closed + 1)
        self.prune()
        return closed

    def close_as(self, slot: Slot, lost: int | None, interest: Callable[[int], Decimal | None]) -> Slot:
        """Closes the first open interval as an ingester's slot, unless this server's own is better; returns the slot
        that is kept."""
        own = self._closing(self.closed, lost, interest)
        kept = slot if own.yields_to(slot) else own
        self.slots.append(kept)
        self.closed += 1
        self.due = self.interval.open(self.closed + 1)
        self.prune()
        return kept

    def replace(self, number: int, slot: Slot) -> bool:
        """Puts an ingester's slot in place of a kept one, if it is better; says whether it is. The revision rises."""
        known = self.slots[number - self.first]
        if not known.yields_to(slot):
            return False
        slot.revision = max(slot.revision, known.revision + 1)
        self.slots[number - self.first] = slot
        self.dirty.discard(number)
        return True

    def _close_old(
        self, end: int, lost: int | None, interest: Callable[[int], Decimal | None]
    ) -> Iterator[tuple[int, Slot]]:
        self._forget(len(self.slots))
        for number in sorted(number for number in self.open if number < end):
            slot = self._closing(number, lost, interest)
            if slot.sums is not None:
                self._close_before = slot.sums.close
            yield number, slot
        self.first = self.closed = end

    def _closing(self, number: int, lost: int | None, interest: Callable[[int], Decimal | None]) -> Slot:
        slot = self.open.pop(number, None)
        if number == self.listening:
            # Parts from before the server listened are history by now, perhaps: then it is complete.
            slot = self.whole(number) or slot
        close_time = self.interval.open(number + 1)
        away = GAP_WITHIN if lost is not None and lost < close_time else 0
        held = interest(close_time)
        if slot is not None:
            slot.flags |= away
            slot.open_interest = held
            return slot
        flags = away | (STARTED_WITHIN if self.interval.open(number) < self.started else 0)
        return self._empty(flags, held)

    def _empty(self, flags: int, held: Decimal | None) -> Slot:
        slot = self._blank.get((flags, held))
        if slot is None:
            if len(self._blank) > 8:
                self._blank.clear()
            slot = self._blank[flags, held] = Slot(flags)
            slot.open_interest, slot.shared = held, True
        return slot

    def put_before(self, slots: list[Slot]) -> None:
        """Keeps these as the ones before the first."""
        self.slots.extendleft(reversed(slots))
        self.first -= len(slots)
        self.prune()

    def prune(self) -> None:
        """Forgets the oldest slots above the number to keep."""
        if len(self.slots) > self.keep:
            self._forget(len(self.slots) - self.keep)

    def _forget(self, count: int) -> None:
        for _ in range(count):
            slot = self.slots.popleft()
            self.dirty.discard(self.first)
            self.first += 1
            if slot.sums is not None:
                self._close_before = slot.sums.close

    def last_traded(self) -> tuple[int, Decimal] | None:
        """Open time and close of the newest closed slot with trades; the time is 0 where it is not kept any more."""
        for number in range(self.closed - 1, self.first - 1, -1):
            sums = self.slots[number - self.first].sums
            if sums is not None:
                return self.interval.open(number), sums.close
        return None if self._close_before is None else (0, self._close_before)

    def close_before(self, number: int) -> Decimal | None:
        """The last price before this interval; None if no kept slot has a price."""
        for earlier in range(min(number, self.closed) - 1, self.first - 1, -1):
            sums = self.slots[earlier - self.first].sums
            if sums is not None:
                return sums.close
        return self._close_before

    def gathered(self, number: int) -> OhlcvSum | None:
        """All trades of an open interval: those of closed parts of it, and those of parts that are open too."""
        begin, end = self.times(number)
        whole = Slot()
        series: CandleSeries | None = self
        while series is not None:
            for part, slot in series.open.items():
                if slot.sums is not None and begin <= series.interval.open(part) < end:
                    whole.merge(slot.sums)
            series = series.source
        return whole.sums

    def whole(self, number: int) -> Slot | None:
        """The sum of the closed parts of an interval; None if one of them is not kept.

        Of the interval in which the server began to listen the first parts may be unknown: it is partial then.
        """
        source = self.source
        if source is None:
            return None
        begin, end = (source.interval.number(time) for time in self.times(number))
        whole = Slot()
        if begin < source.first <= source.listening and number == self.listening:
            begin, whole.flags = source.first, STARTED_WITHIN
        if begin < source.first or begin >= source.closed:
            return None
        for part in range(begin, min(end, source.closed)):
            slot = source.slots[part - source.first]
            whole.flags |= slot.flags
            if slot.sums is not None:
                whole.merge(slot.sums)
        return whole

    def candle(self, number: int) -> Candle:
        """The present candle of this number, closed or open."""
        slot = self.kept(number)
        if slot is None:
            return self.candle_of(number, Slot(0, self.gathered(number)), CandleState.OPEN)
        return self.candle_of(number, slot)

    def candle_of(self, number: int, slot: Slot, state: CandleState | None = None) -> Candle:
        """A slot as clients get it; without `state` the slot is closed."""
        sums = slot.sums
        state = state or _state(slot.flags)
        source = CandleSource.VENUE if slot.from_venue else CandleSource.TRADES
        open_time, close_time = self.times(number)
        if sums is None:
            return Candle(
                self.interval, open_time, close_time, None, None, None, None, _ZERO, _ZERO, 0,
                state, source, slot.revision, slot.reconciliation, slot.open_interest, slot.said,
            )  # fmt: skip
        return Candle(
            self.interval, open_time, close_time, sums.open, sums.high, sums.low, sums.close,
            sums.volume, sums.quote, sums.trades,
            state, source, slot.revision, slot.reconciliation, slot.open_interest, slot.said,
        )  # fmt: skip

    def read(self, start: int, end: int, limit: int, fill: Fill, newest: int | None) -> list[Candle]:
        """Candles that open in [start, end), oldest first; open ones up to the interval of the time `newest` if set."""
        number = max(self.first, self._at_or_after(start))
        stop = self.closed if newest is None else max(self.closed, self.interval.number(newest) + 1)
        stop = min(stop, self._at_or_after(end))
        found: list[Candle] = []
        previous = self.close_before(number) if fill is Fill.PREVIOUS else None
        while number < stop and len(found) < limit:
            slot = self.kept(number)
            if fill is not Fill.NONE or slot is None or slot.sums is not None:
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
