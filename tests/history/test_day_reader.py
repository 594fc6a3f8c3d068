"""A day file is read beside its writer, and never written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from server.history import schema
from server.history.day_reader import Table, opened, read_values, sources
from server.history.errors import HistoryError, Trouble
from server.history.folder import day_of, day_path
from server.history.pages import made_range
from server.history.schema import Kind

from .samples import BTC, FINER, NOON, PEPE, source, trade, write

TRADES = Table(Kind.TRADE, ("time_ns", "trade_key"), 0)


def test_markets_of_a_pair_are_found_at_all_scales(tmp_path: Path) -> None:
    write(tmp_path, [trade(1), trade(2, FINER), trade(3, PEPE)])
    with opened(day_path(tmp_path, day_of(NOON))) as database:
        assert database is not None
        assert sorted(market for _number, market in sources(database, source(BTC))) == sorted([BTC, FINER])
        wanted = made_range(Kind.TRADE, 0, 2**63 - 1, "", 10, False)
        (values,) = [read_values(database, TRADES, number, wanted) for number, _ in sources(database, source(PEPE))]
        assert [TRADES.key_of(each) for each in values] == [(NOON + 3000, 3)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            database.execute("delete from trade")


def test_a_missing_or_empty_file_is_no_error(tmp_path: Path) -> None:
    with opened(tmp_path / "none.db") as database:
        assert database is None
    (tmp_path / "empty.db").touch()
    with opened(tmp_path / "empty.db") as database:
        assert database is None


@pytest.mark.parametrize(("change", "trouble"), [("newer", Trouble.NEWER), ("rubbish", Trouble.CORRUPT)])
def test_what_cannot_be_read_is_an_error(tmp_path: Path, change: str, trouble: Trouble) -> None:
    write(tmp_path, [trade(1)])
    path = day_path(tmp_path, day_of(NOON))
    if change == "newer":
        changed = sqlite3.connect(path)
        changed.execute(f"pragma user_version = {schema.VERSION + 1}")
        changed.close()
    else:
        path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(HistoryError) as error, opened(path):
        pass
    assert error.value.trouble is trouble
