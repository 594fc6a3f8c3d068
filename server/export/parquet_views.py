"""Views for DuckDB over exported Parquet files: all tables, with the numbers of levels as exact decimals."""

from __future__ import annotations

from pathlib import Path

from .parquet_columns import PRECISION, SCALE
from .whole_file import WholeFile

NAME = "views.sql"
LEVELS = ("book", "book_change")
"""Tables whose prices and quantities are integers alone."""
INTEGER = PRECISION - SCALE - 1
"""Digits of a 64-bit integer."""


def views_sql(folder: Path) -> str:
    """The statements for the tables that a folder has; paths are relative to the folder."""
    tables = sorted(path.name.removeprefix("table=") for path in folder.glob("table=*") if path.is_dir())
    powers = " ".join(f"when {-power} then {_power(power)}" for power in range(SCALE + 1))
    lines = [
        "-- In this folder: duckdb -init views.sql",
        "-- onebook_number(m, e) is m x 10^e, exact; null where DECIMAL(38, 18) does not hold it.",
        f"create or replace macro onebook_number(m, e) as m::DECIMAL({INTEGER},0) * (case e {powers} end);",
    ]
    return "\n".join([*lines, *map(_view, tables), ""])


def _power(power: int) -> str:
    """10^-power as a literal of SCALE decimals."""
    text = "1" if power == 0 else f"0.{'0' * (power - 1)}1"
    return f"{text}::DECIMAL({PRECISION - INTEGER},{SCALE})"


def _view(table: str) -> str:
    exact = ""
    if table in LEVELS:
        exact = ", onebook_number(price_m, price_exp) as price, onebook_number(qty_m, qty_exp) as qty"
    source = f"read_parquet('table={table}/*/*/*/*.parquet', hive_partitioning = true)"
    return f"create or replace view {table} as select *{exact} from {source};"


def write_views(folder: Path) -> None:
    """Writes the file of views. Raises ExportError."""
    file = WholeFile(folder / NAME)
    file.file.write(views_sql(folder).encode())
    file.commit()
