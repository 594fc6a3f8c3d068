"""docs/export.md: the tables of columns are those that are written."""

from __future__ import annotations

import re

import pytest

from server.export import history_parquet, parquet_sink, tardis
from server.export.command import NAUTILUS, SINKS
from server.export.parquet_columns import LEVEL, Table
from tests.captures import ROOT

TEXT = (ROOT / "docs" / "export.md").read_text()
TABLES = {
    each.name: each for module in (parquet_sink, history_parquet) for each in vars(module).values()
    if isinstance(each, Table)
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_all_columns_of_a_table_are_there_in_their_order(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", TEXT, re.MULTILINE)
    outside = re.sub(r"\([^()]*\)", "", row)
    written = [f"{column}_m" if of in LEVEL else column for column, of in TABLES[name].columns]
    assert re.findall(r"`(\w+)`", outside) == written


def test_every_format_has_a_row() -> None:
    for name in (*SINKS, NAUTILUS):
        assert f"\n| `{name}` |" in TEXT


def test_the_headers_of_tardis_are_there() -> None:
    for header in (tardis.TRADES, tardis.INCREMENTAL, tardis.TICKER, tardis.snapshot_header(2).rpartition(",")[0][:80]):
        assert f"\n{header}" in TEXT
