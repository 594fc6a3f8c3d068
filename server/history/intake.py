"""Takes rows for a writer: refuses what cannot be kept exactly, packs books, and keeps rows until they are due."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ..logs import about
from ..units import SECOND
from .book_buffer import SAMPLE_EVERY, BookBuffer, SampleRow
from .book_chunk import BOOKS, ChunkRow
from .candle_row import CandleRow
from .errors import NumberError
from .folder import day_of
from .markets import Market
from .pending import Pending, Queue
from .rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from .schema import Kind

log = logging.getLogger(__name__)

Row = TradeRow | TradeGapRow | CandleRow | MetricRow | OpenInterestRow | StatusRow | BookRow


class Delays(NamedTuple):
    """How long rows may wait, and how many."""

    trade: float
    """Seconds that trades, and chunks that are full, may wait."""
    second: float
    """Seconds that metrics, candles of less than a minute, and books of open chunks may wait."""
    most_waiting: int
    """Rows that may wait while nothing can be written; a large row counts as several."""
    chunk_books: int = BOOKS
    sample_every: int = SAMPLE_EVERY
    """Nanoseconds between two sampled books of one market."""


class Intake:
    """The rows that were added and are not yet written."""

    def __init__(self, delays: Delays, clock: Callable[[], int], monotonic: Callable[[], float]) -> None:
        """`clock`: nanoseconds UTC; `monotonic`: seconds."""
        self._delays, self._clock, self._monotonic = delays, clock, monotonic
        self._queues = _queues(delays)
        self._short_candles = Queue(Kind.CANDLE, delays.second)
        self._books = BookBuffer(delays.chunk_books, delays.sample_every)
        self._markets: set[Market] = set()
        self.pending = Pending(delays.most_waiting)
        """Rows that wait, by queue and by day."""
        self.refused: Counter[str] = Counter()
        """Rows that could not be kept exactly, by the type of the row."""

    @property
    def waiting(self) -> int:
        """Rows and books that are not yet written."""
        return len(self.pending) + self._books.waiting

    def add(self, rows: Iterable[Row]) -> None:
        """Takes rows. A row that cannot be kept exactly is counted in `refused`; the first of its type is logged."""
        now = self._monotonic()
        latest = day_of(self._clock()) + 1
        for row in rows:
            self._add_or_refuse(row, now, latest)

    def refuse(self, kind: str, error: Exception) -> None:
        """Counts a row of this type that cannot be kept; the first is logged."""
        if not self.refused[kind]:
            log.error("a row of the history is refused: %s", error, extra=about("history_refused"))
        self.refused[kind] += 1

    def close_old_books(self) -> None:
        """Ends the chunks whose first book has waited long enough."""
        now = self._monotonic()
        self._wait_all(self._books.close_older(now - self._delays.second), now)

    def close_all_books(self) -> None:
        """Ends all chunks."""
        self._wait_all(self._books.close_all(), self._monotonic())

    def _add_or_refuse(self, row: Row, now: float, latest: int) -> None:
        try:
            self._add(row, now, latest)
        except NumberError as error:
            self.refuse(type(row).__name__, error)

    def _add(self, row: Row, now: float, latest: int) -> None:
        if row.market not in self._markets:
            row.market.check()
            self._markets.add(row.market)
        if not 0 <= day_of(row.time) <= latest:
            raise NumberError(f"time {row.time} is before 1970 or more than a day ahead")
        if isinstance(row, BookRow):
            self._wait_all(self._books.add(row, now), now)
        else:
            self._wait(row, now)

    def _wait_all(self, rows: Sequence[ChunkRow | SampleRow], now: float) -> None:
        for row in rows:
            self._wait(row, now)

    def _wait(self, row: Row | ChunkRow | SampleRow, now: float) -> None:
        assert not isinstance(row, BookRow)
        self.pending.add(self._queue(row), day_of(row.time), (row.market, row.values()), now)

    def _queue(self, row: Row | ChunkRow | SampleRow) -> Queue:
        if isinstance(row, CandleRow) and row.close_time - row.open_time < 60 * SECOND:
            return self._short_candles
        return self._queues[type(row)]


def _queues(delays: Delays) -> dict[type, Queue]:
    """Where the rows of each type wait; candles of less than a minute wait elsewhere."""
    return {
        TradeRow: Queue(Kind.TRADE, delays.trade),
        TradeGapRow: Queue(Kind.TRADE_GAP, delays.trade),
        ChunkRow: Queue(Kind.CHUNK, delays.trade),
        MetricRow: Queue(Kind.METRIC, delays.second),
        SampleRow: Queue(Kind.SAMPLE, delays.second),
        CandleRow: Queue(Kind.CANDLE, 0.0),
        OpenInterestRow: Queue(Kind.OPEN_INTEREST, 0.0),
        StatusRow: Queue(Kind.STATUS, 0.0),
    }
