"""docs/history.md names every table and column, and its queries run."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from server.history.schema import TABLES
from server.history.views import VIEWS
from tests.captures import ROOT

from .samples import book, candle, metric, query, trade, write

TEXT = (ROOT / "docs" / "history.md").read_text()
QUERIES = [each.strip() for each in re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)[0].split(";\n") if each.strip()]


def names(kind: str) -> list[str]:
    database = sqlite3.connect(":memory:")
    database.executescript(TABLES + VIEWS)
    found = [name for (name,) in database.execute("select name from sqlite_master where type = ?", (kind,))]
    database.close()
    return found


def test_every_table_and_column_is_described() -> None:
    database = sqlite3.connect(":memory:")
    database.executescript(TABLES)
    for table in names("table"):
        (row,) = re.findall(rf"^\| `{table}` \|.*$", TEXT, re.MULTILINE)
        for column in database.execute(f"pragma table_info({table})").fetchall():
            assert f"`{column[1]}`" in row, f"{table}.{column[1]}"
    database.close()


@pytest.mark.parametrize("view", names("view"))
def test_every_view_is_named(view: str) -> None:
    assert f"`{view}`" in TEXT


@pytest.mark.parametrize("statement", QUERIES)
def test_queries_run(tmp_path: Path, statement: str) -> None:
    write(tmp_path, [trade(1), trade(2), candle(), metric(), book(0), book(1)])
    assert query(tmp_path, statement)
