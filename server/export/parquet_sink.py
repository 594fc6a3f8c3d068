"""Parquet of a recording: every trade, every change of a book, and open interest."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orderbook_ext import BookUpdate, UpdateKind

from ..history.folder import day_of
from ..history_source.row_markets import RowMarkets
from ..model import Side, Trade
from ..protocol.candle_source import OpenInterest
from .export_market import ExportMarket
from .level_book import LevelBook
from .parquet_columns import Of, Scale, Table
from .parquet_files import Partition, PartitionFile
from .sink import Sink

TRADE = Table("trade", (
    ("time", Of.TIME), ("received", Of.TIME), ("trade_id", Of.TEXT), ("side", Of.TEXT), ("price", Of.PRICE),
    ("qty", Of.QUANTITY),
))  # fmt: skip
BOOK_CHANGE = Table("book_change", (
    ("update", Of.INT), ("time", Of.TIME), ("received", Of.TIME), ("sequence", Of.INT), ("kind", Of.TEXT),
    ("side", Of.TEXT), ("price", Of.LEVEL_PRICE), ("qty", Of.LEVEL_QUANTITY),
))  # fmt: skip
OPEN_INTEREST = Table("open_interest", (("time", Of.TIME), ("received", Of.TIME), ("value", Of.DECIMAL)))
SIDES = {int(side): side.name.lower() for side in Side}
KINDS = {
    UpdateKind.FRAME: "change", UpdateKind.SHOWN: "snapshot", UpdateKind.REPLACED: "snapshot",
    UpdateKind.HIDDEN: "withdrawn",
}  # fmt: skip


class ParquetSink(Sink):
    """Writes the tables of a recording; the date of a row is the day on which it was received."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._scales = RowMarkets()
        self._open: dict[tuple[str, str, str], tuple[int, PartitionFile]] = {}
        """By table, venue and symbol: the day, and its file."""
        self._updates: dict[tuple[str, str], int] = {}
        """By venue and symbol: the number of the last update."""

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        scaled = self._scales.of(market.pair, market.venue, (trade.price,), (trade.size,))
        time = trade.exchange_time if trade.exchange_time > 0 else at
        price, size = scaled.price(trade.price), scaled.quantity(trade.size)
        row = (time, at, trade.trade_id, SIDES[trade.side], price, size)
        self._add(TRADE, market, at, Scale(scaled.price_exp, scaled.qty_exp), [row])

    def open_interest(self, market: ExportMarket, update: OpenInterest, at: int) -> None:
        time = update.exchange_time if update.exchange_time > 0 else at
        self._add(OPEN_INTEREST, market, at, Scale(0, 0), [(time, at, update.amount)])

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        book.apply(update)
        key = market.venue, market.symbol
        number = self._updates[key] = self._updates.get(key, 0) + 1
        kind, time = KINDS[UpdateKind(update.kind)], update.exchange_time if update.exchange_time > 0 else at
        head = number, time, at, max(0, update.sequence), kind
        sides = ("bid", update.bids), ("ask", update.asks)
        rows: list[tuple[Any, ...]] = [(*head, side, *level) for side, levels in sides for level in levels]
        if not rows and update.kind != UpdateKind.FRAME:
            rows.append((*head, None, None, None))
        self._add(BOOK_CHANGE, market, at, Scale(-update.price_decimals, -update.size_decimals), rows)

    def _add(self, table: Table, market: ExportMarket, at: int, scale: Scale, rows: Iterable[tuple[Any, ...]]) -> None:
        file = None
        for row in rows:
            file = file or self._file(table, market, day_of(at))
            file.add(scale, row)
            self.rows[table.name] += 1

    def _file(self, table: Table, market: ExportMarket, day: int) -> PartitionFile:
        key = table.name, market.venue, market.symbol
        found = self._open.get(key)
        if found is not None and found[0] == day:
            return found[1]
        if found is not None:
            self._commit(key)
        made = PartitionFile(self._folder, Partition(table, market.venue, market.pair.base, market.pair.quote, day))
        self._open[key] = day, made
        return made

    def _commit(self, key: tuple[str, str, str]) -> None:
        self._open.pop(key)[1].commit()
        self.files += 1

    def finish(self) -> None:
        for key in list(self._open):
            self._commit(key)

    def discard(self) -> None:
        for _, file in self._open.values():
            file.discard()
        self._open.clear()
