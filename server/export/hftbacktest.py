"""Files of hftbacktest 2: one npz per market and UTC day, with its array of events.

https://hftbacktest.readthedocs.io/en/latest/data.html describes the events. Prices and quantities are floating-point
there: the nearest double to each exact number. Events are in the order of both clocks; an event whose exchange time is
before that of an earlier one is split into its two halves, as the format demands. Where the exchange's clock is ahead
of ours, times of receipt are moved by one offset, so that nothing arrives before it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orderbook_ext import BookUpdate, UpdateKind

from ..history.folder import day_name, day_of
from ..model import Side, Trade
from .export_error import ExportError, needed
from .export_market import ExportMarket
from .level_book import LevelBook
from .sink import Sink
from .whole_file import WholeFile

DEPTH, TRADE, CLEAR, SNAPSHOT = 1, 2, 3, 4
EXCHANGE, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
SIDES = BUY, SELL
AGGRESSORS = {Side.BUY: BUY, Side.SELL: SELL}
EVENT = [
    ("ev", "u8"), ("exch_ts", "i8"), ("local_ts", "i8"), ("px", "f8"), ("qty", "f8"), ("order_id", "u8"),
    ("ival", "i8"), ("fval", "f8"),
]  # fmt: skip
CHUNK = 65_536
"""Events that wait as Python's own, which take more memory."""

Event = tuple[int, int, int, float, float, int, int, float]


class _MarketDay:
    """The events of one market on its current day."""

    def __init__(self, market: ExportMarket) -> None:
        self.market = market
        self.day = -1
        self.book = LevelBook()
        self.book_time = 0
        """Exchange time of the last event of the book: it never falls, so that the exchange's book is always whole."""
        self.ahead = 0
        """Nanoseconds by which the exchange's clock was ahead of ours at most; never falls, so that neither do times of
        receipt from one file to the next."""
        self._events: list[Event] = []
        self._chunks: list[Any] = []

    def add(self, kind: int, exchange: int, local: int, price: float, quantity: float) -> None:
        """Adds an event."""
        self._events.append((kind, exchange, local, price, quantity, 0, 0, 0.0))
        if len(self._events) == CHUNK:
            self._pack()

    def _pack(self) -> None:
        numpy = needed("numpy")
        self._chunks.append(numpy.array(self._events, dtype=numpy.dtype(EVENT, align=True)))
        self._events = []

    def take(self) -> Any | None:
        """The array of the day in its final order; None if there were no events."""
        if self._events:
            self._pack()
        chunks, self._chunks = self._chunks, []
        if not chunks:
            return None
        events = needed("numpy").concatenate(chunks)
        self.ahead = max(self.ahead, int((events["exch_ts"] - events["local_ts"]).max()))
        events["local_ts"] += self.ahead
        return ordered(events)


def ordered(events: Any) -> Any:
    """Events in the order of receipt, as hftbacktest wants them: in the order of both clocks.

    An event that comes later than events with a later exchange time is split: one event for the exchange at the place
    of its exchange time, and one event for the receiver at its own place.
    """
    numpy = needed("numpy")
    times = events["exch_ts"]
    late = times < numpy.maximum.accumulate(times)
    events["ev"] |= LOCAL
    events["ev"][~late] |= EXCHANGE
    if not late.any():
        return events
    halves = events[late]
    halves["ev"] ^= LOCAL | EXCHANGE
    halves = halves[numpy.argsort(halves["exch_ts"], kind="stable")]
    joint = numpy.flatnonzero(~late)
    places = numpy.searchsorted(times[joint], halves["exch_ts"], side="right")
    return numpy.insert(events, numpy.append(joint, len(events))[places], halves)


class HftBacktestSink(Sink):
    """Writes a file per market and UTC day of receipt; each file begins with the whole book."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        needed("numpy")
        self._folder = folder
        self._days: dict[tuple[str, str], _MarketDay] = {}

    # -- events ----------------------------------------------------------------------------------------------------

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        exchange = trade.exchange_time if trade.exchange_time > 0 else at
        kind = TRADE | AGGRESSORS.get(trade.side, 0)
        self._of(market, at).add(kind, exchange, at, float(trade.price), float(trade.size))
        self.rows["trades"] += 1

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        day = self._of(market, at)
        day.book = book
        day.book_time = max(day.book_time, update.exchange_time if update.exchange_time > 0 else at)
        if update.kind == UpdateKind.FRAME:
            book.apply(update)
            for side, changes in zip(SIDES, (update.bids, update.asks), strict=True):
                self._levels(day, DEPTH | side, changes, at)
            return
        self._clear(day, at)
        book.apply(update)
        self._snapshot(day, at)

    def _clear(self, day: _MarketDay, at: int) -> None:
        for flag, side in zip(SIDES, day.book.sides, strict=True):
            levels = side.best()
            if levels:
                price = levels[-1][0] / 10**day.book.price_decimals
                day.add(CLEAR | flag, day.book_time, at, price, 0.0)
                self.rows["clears"] += 1

    def _snapshot(self, day: _MarketDay, at: int) -> None:
        for flag, side in zip(SIDES, day.book.sides, strict=True):
            self._levels(day, SNAPSHOT | flag, side.best(), at)

    def _levels(self, day: _MarketDay, kind: int, levels: Iterable[tuple[int, int]], at: int) -> None:
        prices, sizes = 10**day.book.price_decimals, 10**day.book.size_decimals
        for price, size in levels:
            # The quotient of two integers is the nearest double.
            day.add(kind, day.book_time, at, price / prices, size / sizes)
            self.rows["levels"] += 1

    # -- files -----------------------------------------------------------------------------------------------------

    def _of(self, market: ExportMarket, at: int) -> _MarketDay:
        key = market.venue, market.symbol
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = _MarketDay(market)
        day = day_of(at)
        if found.day != day:
            self._write(found)
            found.day = day
            if found.book.shown:
                self._snapshot(found, at)
        return found

    def _write(self, day: _MarketDay) -> None:
        events = day.take()
        if events is None:
            return
        name = f"{day.market.venue}_{day.market.file_symbol}_{day_name(day.day)}.npz"
        whole = WholeFile(self._folder / name)
        try:
            needed("numpy").savez_compressed(whole.file, data=events)
        except OSError as error:
            whole.discard()
            raise ExportError(f"{whole.path} cannot be written: {error.strerror}") from error
        whole.commit()
        self.files += 1

    def finish(self) -> None:
        for day in self._days.values():
            self._write(day)

    def discard(self) -> None:
        """Files appear when their day is complete: there is nothing to remove."""
        self._days.clear()
