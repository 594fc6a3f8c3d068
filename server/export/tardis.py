"""Tardis CSV datasets: trades, incremental_book_L2, book_snapshot_N and derivative_ticker.

Columns, order of rows and names of files are those of https://docs.tardis.dev/downloadable-csv-files/data-types. Times
are microseconds, numbers exact decimal text. Rows are in the order of local_timestamp, whose UTC day is the file's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from orderbook_ext import BookUpdate, UpdateKind

from ..history.folder import day_name, day_of
from ..model import Side, Trade
from ..protocol.candle_source import OpenInterest
from .csv_file import CsvFile
from .decimal_text import decimal_text
from .export_market import ExportMarket
from .level_book import Level, LevelBook
from .sink import Sink

TRADES = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
INCREMENTAL = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount"
TICKER = (
    "exchange,symbol,timestamp,local_timestamp,funding_timestamp,funding_rate,predicted_funding_rate,open_interest,"
    "last_price,index_price,mark_price"
)
SIDES = {Side.BUY: "buy", Side.SELL: "sell"}
MICROSECOND = 1000


def snapshot_header(levels: int) -> str:
    """The columns of book_snapshot_N."""
    columns = (
        f"asks[{place}].price,asks[{place}].amount,bids[{place}].price,bids[{place}].amount" for place in range(levels)
    )
    return ",".join(["exchange,symbol,timestamp,local_timestamp", *columns])


class _MarketFiles:
    """The files of one market on its current day."""

    def __init__(self, folder: Path, market: ExportMarket, levels: int) -> None:
        self.market = market
        self.day = -1
        self.exchange = market.venue.replace("_", "-")
        self.prefix = f"{self.exchange},{_quoted(market.symbol.upper())}"
        self.levels = levels
        self.book = LevelBook()
        self.after_snapshot = False
        """Whether the last row of the book was one of a snapshot: another snapshot behind it would be the same one."""
        self.best: tuple[list[Level], list[Level]] = ([], [])
        """What book_snapshot_N said last."""
        self._folder = folder
        self._files: dict[str, CsvFile] = {}

    def write(self, kind: str, header: str, row: str) -> None:
        """Adds a row to the file of a kind."""
        file = self._files.get(kind)
        if file is None:
            name = f"{self.exchange}_{kind}_{day_name(self.day)}_{self.market.file_symbol.upper()}.csv.gz"
            file = self._files[kind] = CsvFile(self._folder / name, header)
        file.write(row)

    def end(self, finish: Callable[[CsvFile], None]) -> int:
        """Ends the files of the day; returns their number."""
        count = len(self._files)
        while self._files:
            finish(self._files.popitem()[1])
        return count


class TardisSink(Sink):
    """Writes all datasets of a recording."""

    def __init__(self, folder: Path, levels: int = 25) -> None:
        """`levels`: N of book_snapshot_N."""
        super().__init__()
        self._folder, self._levels = folder, levels
        self._snapshot, self._snapshot_header = f"book_snapshot_{levels}", snapshot_header(levels)
        self._markets: dict[tuple[str, str], _MarketFiles] = {}

    # -- events ----------------------------------------------------------------------------------------------------

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        files = self._files(market, at)
        row = f"{_quoted(trade.trade_id)},{SIDES.get(trade.side, 'unknown')},{trade.price:f},{trade.size:f}"
        self._write(files, "trades", TRADES, trade.exchange_time, at, [row])

    def open_interest(self, market: ExportMarket, update: OpenInterest, at: int) -> None:
        row = f",,,{update.amount:f},,,"
        self._write(self._files(market, at), "derivative_ticker", TICKER, update.exchange_time, at, [row])

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        files = self._files(market, at)
        files.book = book
        if update.kind in (UpdateKind.SHOWN, UpdateKind.REPLACED) and not files.after_snapshot:
            book.apply(update)
            self._write_whole(files, at)
        else:
            rows = list(_changes(book, update))
            book.apply(update)
            self._write_book(files, rows, at, snapshot=False)
        self._write_best(files, at)

    # -- rows ------------------------------------------------------------------------------------------------------

    def _write_whole(self, files: _MarketFiles, at: int) -> None:
        book = files.book
        rows = [_row(book, side, *level) for side, levels in enumerate(book.sides) for level in levels.best()]
        self._write_book(files, rows, at, snapshot=True)

    def _write_book(self, files: _MarketFiles, rows: list[str], at: int, *, snapshot: bool) -> None:
        if rows:
            files.after_snapshot = snapshot
        flag = "true" if snapshot else "false"
        rows = [f"{flag},{row}" for row in rows]
        self._write(files, "incremental_book_L2", INCREMENTAL, files.book.exchange_time, at, rows)

    def _write_best(self, files: _MarketFiles, at: int) -> None:
        book = files.book
        best = book.bids.best(self._levels), book.asks.best(self._levels)
        if best == files.best:
            return
        files.best = best
        row = ",".join(self._best_columns(book, *best))
        self._write(files, self._snapshot, self._snapshot_header, book.exchange_time, at, [row])

    def _best_columns(self, book: LevelBook, bids: list[Level], asks: list[Level]) -> Iterable[str]:
        for place in range(self._levels):
            for side in (asks, bids):
                yield _level(book, *side[place]) if place < len(side) else ","

    def _write(self, files: _MarketFiles, kind: str, header: str, exchange_time: int, at: int, rows: list[str]) -> None:
        local = at // MICROSECOND
        time = exchange_time // MICROSECOND if exchange_time > 0 else local
        for row in rows:
            files.write(kind, header, f"{files.prefix},{time},{local},{row}")
        self.rows[kind] += len(rows)

    # -- files -----------------------------------------------------------------------------------------------------

    def _files(self, market: ExportMarket, at: int) -> _MarketFiles:
        """The files of a market's day. A day's file begins with the whole book, so that it can be read alone."""
        key = market.venue, market.symbol
        files = self._markets.get(key)
        if files is None:
            files = self._markets[key] = _MarketFiles(self._folder, market, self._levels)
        day = day_of(at)
        if files.day != day:
            self.files += files.end(CsvFile.commit)
            files.day, files.after_snapshot, files.best = day, False, ([], [])
            if files.book.shown:
                self._write_whole(files, at)
        return files

    def finish(self) -> None:
        for files in self._markets.values():
            self.files += files.end(CsvFile.commit)

    def discard(self) -> None:
        for files in self._markets.values():
            files.end(CsvFile.discard)


def _quoted(text: str) -> str:
    """A text as a field of a row."""
    return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in ',"\n\r') else text


def _level(book: LevelBook, price: int, size: int) -> str:
    return f"{decimal_text(price, book.price_decimals)},{decimal_text(size, book.size_decimals)}"


def _row(book: LevelBook, side: int, price: int, size: int) -> str:
    return f"{'ask' if side else 'bid'},{_level(book, price, size)}"


def _changes(book: LevelBook, update: BookUpdate) -> Iterable[str]:
    """Rows that lead from a book to the book after an update; amount 0: the level is gone."""
    for number, (side, changes) in enumerate(zip(book.sides, (update.bids, update.asks), strict=True)):
        if update.kind != UpdateKind.FRAME:
            # The scales may be others: what is gone is written at the old ones, and what has come at the new ones.
            coming = {decimal_text(price, update.price_decimals) for price, _ in changes}
            for price, _ in side.best():
                if decimal_text(price, book.price_decimals) not in coming:
                    yield _row(book, number, price, 0)
        for price, size in changes:
            name = "ask" if number else "bid"
            yield f"{name},{decimal_text(price, update.price_decimals)},{decimal_text(size, update.size_decimals)}"
