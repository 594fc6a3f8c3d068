"""Parquet of a history: all its tables, with the books as one row per level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..history.candle_row import CandleRow
from ..history.day_file import markets
from ..history.day_reader import Source, opened
from ..history.folder import DAY, day_of, day_path, days
from ..history.pages import MOST_ROWS, Page
from ..history.rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeRow
from ..history.store import HistoryStore
from ..history.views import CANDLE_STATES, SIDES, SOURCES, STATES
from .parquet_columns import Of, Scale, Table
from .parquet_files import Partition, PartitionFile
from .parquet_sink import OPEN_INTEREST, TRADE

BOOKS = 500
"""Books of one page: each has many rows."""
CANDLE = Table("candle", (
    ("interval", Of.TEXT), ("open_time", Of.TIME), ("close_time", Of.TIME), ("open", Of.PRICE), ("high", Of.PRICE),
    ("low", Of.PRICE), ("close", Of.PRICE), ("volume", Of.DECIMAL), ("quote_volume", Of.DECIMAL), ("trades", Of.INT),
    ("state", Of.TEXT), ("source", Of.TEXT), ("revision", Of.SMALL), ("open_interest", Of.DECIMAL),
))  # fmt: skip
METRIC = Table("metric", (
    ("time", Of.TIME), ("bid", Of.PRICE), ("bid_qty", Of.QUANTITY), ("ask", Of.PRICE), ("ask_qty", Of.QUANTITY),
    ("vwap_price", Of.DECIMAL), ("avg_30s", Of.DECIMAL), ("coverage_30s_ppm", Of.SMALL), ("avg_60s", Of.DECIMAL),
    ("coverage_60s_ppm", Of.SMALL),
))  # fmt: skip
STATUS = Table("venue_status", (("time", Of.TIME), ("state", Of.TEXT), ("detail", Of.TEXT)))
BOOK = Table("book", (
    ("time", Of.TIME), ("sequence", Of.INT), ("side", Of.TEXT), ("level", Of.SMALL), ("price", Of.LEVEL_PRICE),
    ("qty", Of.LEVEL_QUANTITY),
))  # fmt: skip

Rows = Iterable[tuple[Any, ...]]


class _Export(NamedTuple):
    """How the rows of a table are read, and what they become."""

    table: Table
    read: Callable[[HistoryStore, Source, int, int, str], Page[Any]]
    rows: Callable[[Any], Rows]


def _trade(row: TradeRow) -> Rows:
    yield row.time, row.received, row.trade_id, SIDES[row.side], row.price, row.quantity


def _candle(row: CandleRow) -> Rows:
    yield (
        row.interval, row.open_time, row.close_time, row.open, row.high, row.low, row.close, row.volume,
        row.quote_volume, row.trades, CANDLE_STATES.get(row.state, str(row.state)),
        SOURCES.get(row.source, str(row.source)), row.revision, row.open_interest,
    )  # fmt: skip


def _metric(row: MetricRow) -> Rows:
    yield tuple(row[1:])


def _open_interest(row: OpenInterestRow) -> Rows:
    yield row.time, row.received, row.value


def _status(row: StatusRow) -> Rows:
    yield row.time, STATES[row.state], row.detail


def _book(row: BookRow) -> Rows:
    for side, levels in (("bid", row.bids), ("ask", row.asks)):
        for place, (price, quantity) in enumerate(levels):
            yield row.time, row.sequence, side, place, price, quantity


def _exports(intervals: Sequence[str]) -> Iterator[_Export]:
    """All tables; candles interval by interval."""
    most = MOST_ROWS
    yield _Export(TRADE, lambda store, *wanted: store.trades(*wanted[:3], after=wanted[3], limit=most), _trade)
    for interval in intervals:
        yield _Export(CANDLE, _candles_of(interval), _candle)
    yield _Export(METRIC, lambda store, *wanted: store.metrics(*wanted[:3], after=wanted[3], limit=most), _metric)
    yield _Export(
        OPEN_INTEREST,
        lambda store, *wanted: store.open_interest(*wanted[:3], after=wanted[3], limit=most),
        _open_interest,
    )
    yield _Export(STATUS, lambda store, *wanted: store.status(*wanted[:3], after=wanted[3], limit=most), _status)
    yield _Export(BOOK, lambda store, *wanted: store.books(*wanted[:3], after=wanted[3], limit=BOOKS), _book)


def _candles_of(interval: str) -> Callable[[HistoryStore, Source, int, int, str], Page[CandleRow]]:
    def read(store: HistoryStore, source: Source, start: int, end: int, after: str) -> Page[CandleRow]:
        return store.candles(source, interval, start, end, after=after, limit=MOST_ROWS)

    return read


class HistoryExport:
    """Exports one history; `rows` and `files` count what was written."""

    def __init__(self, history: Path, folder: Path, stop: Callable[[], bool] = lambda: False) -> None:
        """`folder`: where the Parquet files go; `stop` says whether to end early."""
        self._history, self._folder, self._stop = history, folder, stop
        self._store = HistoryStore(history)
        self.rows: Counter[str] = Counter()
        self.files = 0

    def sources(self) -> list[Source]:
        """All pairs at all venues of the history, in the order in which they came. Raises HistoryError."""
        found: dict[Source, None] = {}
        for day in days(self._history):
            found.update(dict.fromkeys(self._of_day(day)))
        return list(found)

    def export(self, wanted: Callable[[Source], bool], start: int, end: int) -> None:
        """Writes the rows of these sources from `start` to `end` (nanoseconds UTC, not included). Raises ExportError
        and HistoryError; files that were completed before stay."""
        for day in days(self._history):
            first, last = max(start, day * DAY), min(end, (day + 1) * DAY)
            if first >= last:
                continue
            intervals = self._intervals(day)
            for source in filter(wanted, self._of_day(day)):
                if not self._stop():
                    self._export_source(source, first, last, intervals)

    def _export_source(self, source: Source, first: int, last: int, intervals: Sequence[str]) -> None:
        files: dict[str, PartitionFile] = {}
        try:
            for export in _exports(intervals):
                for row in self._read(export, source, first, last):
                    name = export.table.name
                    if name not in files:
                        files[name] = PartitionFile(self._folder, Partition(export.table, *source, day_of(first)))
                    scale = Scale(row.market.price_exp, row.market.qty_exp)
                    for values in export.rows(row):
                        files[name].add(scale, values)
                        self.rows[name] += 1
            while files and not self._stop():
                files.popitem()[1].commit()
                self.files += 1
        finally:
            for file in files.values():
                file.discard()

    def _read(self, export: _Export, source: Source, first: int, last: int) -> Iterator[Any]:
        after = ""
        while not self._stop():
            page = export.read(self._store, source, first, last, after)
            yield from page.rows
            after = page.next
            if not after:
                return

    def _of_day(self, day: int) -> list[Source]:
        with opened(day_path(self._history, day)) as database:
            found = [] if database is None else [market for _, market in markets(database)]
        return list(dict.fromkeys(Source(each.venue, each.base, each.quote) for each in found))

    def _intervals(self, day: int) -> list[str]:
        with opened(day_path(self._history, day)) as database:
            if database is None:
                return []
            return [str(name) for (name,) in database.execute("select distinct interval from candle order by interval")]
