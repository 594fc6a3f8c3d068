"""A ParquetDataCatalog of NautilusTrader: instruments, order book deltas and trade ticks.

https://nautilustrader.io/docs/latest/concepts/data describes the catalog. Each market is a CurrencyPair, as sizes are
in base units. `ts_event` is the venue's time and `ts_init` the time of receipt. A book begins, and begins again, with a
CLEAR and a snapshot; a withdrawn book is a CLEAR alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from orderbook_ext import BookUpdate, UpdateKind

from ..model import Side, Trade
from .export_error import ExportError, needed
from .export_market import ExportMarket
from .level_book import LevelBook
from .nautilus_precision import Precision
from .sink import Sink
from .whole_file import WholeFile

CHUNK = 100_000
"""Deltas or trades of one file, or a few more: those of one moment are in one file."""
LONGEST_ID = 36
"""Characters of a trade's id."""


class _Model:
    """The classes of nautilus_trader, which are imported when they are needed."""

    def __init__(self) -> None:
        """Raises ExportError where nautilus_trader is missing."""
        self.data = needed("nautilus_trader.model.data", "nautilus_trader")
        self.enums = needed("nautilus_trader.model.enums")
        self.identifiers = needed("nautilus_trader.model.identifiers")
        self.instruments = needed("nautilus_trader.model.instruments")
        self.objects = needed("nautilus_trader.model.objects")
        self.catalog = needed("nautilus_trader.persistence.catalog").ParquetDataCatalog
        self.decimals = int(needed("nautilus_trader.core.nautilus_pyo3").FIXED_PRECISION)
        """Decimals of the integers inside a Price and a Quantity."""
        flags = self.enums.RecordFlag
        self.snapshot, self.last = int(flags.F_SNAPSHOT), int(flags.F_LAST)


class _MarketRows:
    """What waits to be written of one market."""

    def __init__(self, model: _Model, market: ExportMarket, precision: Precision) -> None:
        if max(precision.price, precision.size) > model.decimals:
            words = f"{market.symbol} on {market.venue} has more decimals than this nautilus_trader: {model.decimals}"
            raise ExportError(words)
        ids = model.identifiers
        self.precision = precision
        self.id = ids.InstrumentId(ids.Symbol(market.symbol), ids.Venue(market.venue.upper()))
        self.instrument = _instrument(model, self.id, market, precision)
        self.deltas: list[Any] = []
        self.trades: list[Any] = []


class NautilusSink(Sink):
    """Writes beside the catalog, and moves the files into the catalog when all are complete."""

    def __init__(self, folder: Path, precisions: Mapping[tuple[str, str], Precision]) -> None:
        """`precisions`: of each market by venue and symbol, as PrecisionSink finds them."""
        super().__init__()
        self._model = _Model()
        self._folder, self._precisions = folder, precisions
        self._lock = WholeFile(folder / "catalog")
        self._beside = folder / ".catalog.new"
        shutil.rmtree(self._beside, ignore_errors=True)  # of an export that was killed
        self._catalog = self._model.catalog(str(self._beside))
        self._markets: dict[tuple[str, str], _MarketRows] = {}

    # -- events ----------------------------------------------------------------------------------------------------

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:
        model, rows = self._model, self._of(market)
        aggressor = model.enums.AggressorSide
        sides = {Side.BUY: aggressor.BUYER, Side.SELL: aggressor.SELLER}
        tick = model.data.TradeTick(
            rows.id, self._price(*_counted(trade.price), rows), self._size(*_counted(trade.size), rows),
            sides.get(trade.side, aggressor.NO_AGGRESSOR), model.identifiers.TradeId(trade.trade_id[-LONGEST_ID:]),
            trade.exchange_time if trade.exchange_time > 0 else at, at,
        )  # fmt: skip
        self.rows["trade_tick"] += 1
        self._append(rows.trades, tick, at)

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:
        rows, data = self._of(market), self._model.data
        book.apply(update)
        times = max(0, update.sequence), update.exchange_time if update.exchange_time > 0 else at, at
        whole = update.kind != UpdateKind.FRAME
        made = list(self._changes(update, rows, times, self._model.snapshot if whole else 0))
        if whole:
            clear = self._model.enums.BookAction.CLEAR
            made.insert(0, data.OrderBookDelta(rows.id, clear, None, self._model.snapshot, *times))
        if made:
            made[-1] = _with_flags(data, made[-1], made[-1].flags | self._model.last)
        self.rows["order_book_delta"] += len(made)
        for delta in made:
            self._append(rows.deltas, delta, at)

    def _changes(self, update: BookUpdate, rows: _MarketRows, times: tuple[int, int, int], flags: int) -> Any:
        data, enums = self._model.data, self._model.enums
        for side, levels in ((enums.OrderSide.BUY, update.bids), (enums.OrderSide.SELL, update.asks)):
            for price, size in levels:
                numbers = self._price(price, update.price_decimals, rows), self._size(size, update.size_decimals, rows)
                level = data.BookOrder(side, *numbers, 0)
                action = enums.BookAction.ADD if flags else enums.BookAction.UPDATE
                yield data.OrderBookDelta(rows.id, action if size else enums.BookAction.DELETE, level, flags, *times)

    def _price(self, mantissa: int, decimals: int, rows: _MarketRows) -> Any:
        return self._number(self._model.objects.Price, mantissa, decimals, rows.precision.price)

    def _size(self, mantissa: int, decimals: int, rows: _MarketRows) -> Any:
        return self._number(self._model.objects.Quantity, mantissa, decimals, rows.precision.size)

    def _number(self, kind: Any, mantissa: int, decimals: int, precision: int) -> Any:
        raw = mantissa * 10 ** max(0, self._model.decimals - decimals) // 10 ** max(0, decimals - self._model.decimals)
        try:
            return kind.from_raw(raw, precision)
        except (ValueError, OverflowError) as error:
            raise ExportError(f"{Decimal(mantissa).scaleb(-decimals):f} has no place in nautilus_trader") from error

    # -- files -----------------------------------------------------------------------------------------------------

    def _of(self, market: ExportMarket) -> _MarketRows:
        key = market.venue, market.symbol
        if key not in self._markets:
            made = self._markets[key] = _MarketRows(self._model, market, self._precisions[key])
            self._check_known(made)
            self._write([made.instrument])
        return self._markets[key]

    def _check_known(self, rows: _MarketRows) -> None:
        """Raises ExportError where the catalog has the instrument at another precision: one reader reads all of it."""
        for known in self._model.catalog(str(self._folder)).instruments(instrument_ids=[str(rows.id)]):
            if (known.price_precision, known.size_precision) != (rows.precision.price, rows.precision.size):
                words = f"{self._folder} has {rows.id} with other decimals: export into another folder"
                raise ExportError(words)

    def _append(self, waiting: list[Any], row: Any, at: int) -> None:
        if len(waiting) >= CHUNK and waiting[-1].ts_init != at:
            self._write(waiting)
            waiting.clear()
        waiting.append(row)

    def _write(self, rows: list[Any]) -> None:
        try:
            self._catalog.write_data(list(rows))
        except OSError as error:
            raise ExportError(f"{self._folder} cannot be written: {error.strerror or error}") from error

    def finish(self) -> None:
        for rows in self._markets.values():
            for waiting in (rows.deltas, rows.trades):
                if waiting:
                    self._write(waiting)
        made = sorted((self._beside / "data").rglob("*.parquet")) if self._markets else []
        replaced = [old for path in made for old in self._replaced(path)]
        for path in replaced:
            path.unlink(missing_ok=True)
        for path in made:
            target = self._target(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            self.files += 1
        self.discard()

    def _target(self, path: Path) -> Path:
        return self._folder / path.relative_to(self._beside)

    def _replaced(self, path: Path) -> list[Path]:
        """The files of an earlier export in place of which this file comes: those of its time. Raises ExportError for a
        file that has more than this export."""
        made = [each.stem.split("_") for each in path.parent.glob("*.parquet")]
        first, last = min(each[0] for each in made), max(each[1] for each in made)
        found = []
        for old in self._target(path).parent.glob("*.parquet"):
            begin, end = old.stem.split("_")
            if begin > last or end < first:
                continue
            if begin < first or end > last:
                raise ExportError(f"{old} has more than this export: export all of its time, or into another folder")
            found.append(old)
        return found

    def discard(self) -> None:
        shutil.rmtree(self._beside, ignore_errors=True)
        self._lock.discard()


def _counted(value: Decimal) -> tuple[int, int]:
    """The integer of a decimal, and its decimals."""
    exponent = value.normalize().as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return int(value.scaleb(decimals)), decimals


def _with_flags(data: Any, delta: Any, flags: int) -> Any:
    order = None if delta.is_clear else delta.order
    times = delta.sequence, delta.ts_event, delta.ts_init
    return data.OrderBookDelta(delta.instrument_id, delta.action, order, flags, *times)


def _instrument(model: _Model, identifier: Any, market: ExportMarket, precision: Precision) -> Any:
    objects = model.objects
    price_step = market.tick or Decimal(1).scaleb(-precision.price)
    size_step = market.lot or Decimal(1).scaleb(-precision.size)
    return model.instruments.CurrencyPair(
        instrument_id=identifier,
        raw_symbol=identifier.symbol,
        base_currency=objects.Currency.from_str(market.pair.base),
        quote_currency=objects.Currency.from_str(market.pair.quote),
        price_precision=precision.price,
        size_precision=precision.size,
        price_increment=objects.Price.from_str(f"{price_step:.{precision.price}f}"),
        size_increment=objects.Quantity.from_str(f"{size_step:.{precision.size}f}"),
        ts_event=0,
        ts_init=0,
    )
