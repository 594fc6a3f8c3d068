"""Parquet files in folders that say what is in them: table=trade/venue=X/pair=BTC-USDT/date=2026-11-29/part-0.parquet.

Readers of hive partitioning (DuckDB, pandas, polars, Spark) make columns of the folders. Each file appears whole and
replaces the file of an earlier export: a repeated export has no row twice.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from ..history.folder import day_name
from .export_error import ExportError, needed
from .parquet_columns import Scale, Table, arrow_schema, arrow_table
from .whole_file import WholeFile

CONSOLIDATED = "consolidated"
"""The folder of the market of all venues."""
BATCH = 65_536
"""Rows that wait before they are written."""
GROUP = 4 * BATCH
"""Rows of a row group."""
COMPRESSION = {"compression": "zstd", "compression_level": 3, "use_dictionary": True, "version": "2.6"}
"""Dictionaries and zstd. Of rows of books, measured, differences (DELTA encodings) take half as much again."""


class Partition(NamedTuple):
    """What one file holds."""

    table: Table
    venue: str
    base: str
    quote: str
    day: int
    """Number of the UTC day."""

    def path(self, folder: Path) -> Path:
        """The partition's file."""
        pair = f"{quote(self.base, safe='')}-{quote(self.quote, safe='')}"
        parts = (
            f"table={self.table.name}", f"venue={self.venue or CONSOLIDATED}", f"pair={pair}",
            f"date={day_name(self.day)}", "part-0.parquet",
        )  # fmt: skip
        return folder.joinpath(*parts)


class PartitionFile:
    """The file of a partition while it is written."""

    def __init__(self, folder: Path, partition: Partition) -> None:
        """Raises ExportError where pyarrow is missing or the file cannot be written."""
        self._table = partition.table
        self._schema = arrow_schema(partition.table)
        self._scale = Scale(0, 0)
        self._rows: list[tuple[Any, ...]] = []
        self._tables: list[Any] = []
        self._waiting = 0
        """Rows of the tables that wait for their row group."""
        self._whole = WholeFile(partition.path(folder))
        self._writer = needed("pyarrow.parquet").ParquetWriter(self._whole.file, self._schema, **COMPRESSION)

    def add(self, scale: Scale, row: tuple[Any, ...]) -> None:
        """Adds a row whose prices and quantities count these exponents."""
        if scale != self._scale:
            self._convert()
            self._scale = scale
        self._rows.append(row)
        if len(self._rows) == BATCH:
            self._convert()

    def _convert(self) -> None:
        if self._rows:
            self._tables.append(arrow_table(self._table, self._schema, self._scale, self._rows))
            self._waiting += len(self._rows)
            self._rows = []
        if self._waiting >= GROUP:
            self._write()

    def _write(self) -> None:
        if not self._tables:
            return
        tables, self._tables, self._waiting = self._tables, [], 0
        try:
            self._writer.write_table(needed("pyarrow").concat_tables(tables), row_group_size=GROUP)
        except OSError as error:
            raise ExportError(f"{self._whole.path} cannot be written: {error.strerror or error}") from error

    def commit(self) -> None:
        """Completes the file; removes what there is of it where that fails."""
        try:
            self._convert()
            self._write()
            self._close()
        except ExportError:
            self.discard()
            raise
        self._whole.commit()

    def _close(self) -> None:
        try:
            self._writer.close()
        except OSError as error:
            raise ExportError(f"{self._whole.path} cannot be written: {error.strerror or error}") from error

    def discard(self) -> None:
        """Removes the file."""
        with suppress(OSError):  # The writer wants to complete what is removed, where the disk may be full.
            self._writer.close()
        self._whole.discard()
