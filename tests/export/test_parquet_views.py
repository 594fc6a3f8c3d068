"""Views for DuckDB: exact decimals of levels, and only the tables that there are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from server.export.parquet_views import NAME, views_sql, write_views

duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")


def test_a_folder_without_tables_has_the_macro_alone(tmp_path: Path) -> None:
    assert "view" not in views_sql(tmp_path).replace("views.sql", "")
    write_views(tmp_path)
    duckdb.connect().execute((tmp_path / NAME).read_text())


@pytest.mark.parametrize(
    ("mantissa", "exponent", "expected"),
    [(12345, -2, Decimal("123.45")), (2**63 - 1, -18, Decimal(2**63 - 1).scaleb(-18)), (-5, 0, Decimal(-5)),
     (2**63 - 1, 0, Decimal(2**63 - 1)), (1, -19, None)],
)  # fmt: skip
def test_numbers_are_exact(mantissa: int, exponent: int, expected: Decimal | None, tmp_path: Path) -> None:
    database = duckdb.connect()
    database.execute(views_sql(tmp_path))
    assert database.execute(f"select onebook_number({mantissa}::bigint, {exponent}::tinyint)").fetchone() == (expected,)
