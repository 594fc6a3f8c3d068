"""A day file is made, brought up to date, refused, and set aside."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from server.history import schema
from server.history.day_file import DayFile, history_error, markets, schema_version, set_aside
from server.history.errors import HistoryError, Trouble
from server.history.schema import Kind

from .samples import BTC, FINER, NOON, PEPE, trade


def connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def batch(*numbers: int) -> dict[Kind, list[tuple[object, ...]]]:
    rows = [trade(number) for number in numbers]
    return {Kind.TRADE: [(row.market, row.values()) for row in rows]}


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    DayFile(path, NOON).close()
    database = connected(path)
    meta = dict(database.execute("select * from meta").fetchall())
    assert (meta["schema"], meta["created_ns"]) == (str(schema.VERSION), str(NOON))
    assert meta["onebook"]
    assert schema_version(database) == schema.VERSION
    assert database.execute("pragma application_id").fetchone() == (schema.APPLICATION_ID,)
    assert database.execute("pragma journal_mode").fetchone() == ("wal",)
    assert path.stat().st_mode & 0o777 == 0o600
    database.close()


def test_market_numbers_are_stable_within_a_file(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    for market in (FINER, BTC, PEPE, BTC):
        file = DayFile(path, NOON)
        file.write({Kind.TRADE: [(market, trade(1).values())]})
        file.close()
    database = connected(path)
    assert markets(database) == [(1, FINER), (2, BTC), (3, PEPE)]
    database.close()


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = DayFile(tmp_path / "day.db", NOON)
    wrong = {**batch(1, 2), Kind.METRIC: [(PEPE, (None,) * 10)]}
    with pytest.raises(HistoryError, match="NOT NULL"):
        file.write(wrong)  # type: ignore[arg-type]
    file.write(batch(3))  # type: ignore[arg-type]
    file.close()
    database = connected(tmp_path / "day.db")
    assert database.execute("select trade_key from trade").fetchall() == [(3,)]
    assert markets(database) == [(1, BTC)]
    database.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    DayFile(path, NOON).close()
    database = connected(path)
    database.execute(f"pragma user_version = {schema.VERSION + 1}")
    database.close()
    with pytest.raises(HistoryError, match="a newer version of onebook") as error:
        DayFile(path, NOON)
    assert error.value.trouble is Trouble.NEWER


def test_an_older_schema_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, now = tmp_path / "day.db", schema.VERSION
    DayFile(path, NOON).close()
    monkeypatch.setattr(schema, "VERSION", now + 2)
    monkeypatch.setitem(schema.MIGRATIONS, now, "alter table trade add column flags integer;")
    monkeypatch.setitem(schema.MIGRATIONS, now + 1, "rubbish;")
    with pytest.raises(HistoryError, match="rubbish"):
        DayFile(path, NOON)
    database = connected(path)
    assert schema_version(database) == now + 1
    database.close()
    monkeypatch.setitem(schema.MIGRATIONS, now + 1, "create table more(a);")
    DayFile(path, NOON).close()
    database = connected(path)
    assert schema_version(database) == now + 2
    assert database.execute("select flags from trade").fetchall() == []
    assert database.execute("select value from meta where name = 'schema'").fetchall() == [(str(now + 2),)]
    database.close()


def shape(path: Path) -> set[tuple[str, str, str]]:
    database = connected(path)
    found = database.execute("select type, name, sql from sqlite_master where sql is not null").fetchall()
    database.close()
    return {(kind, name, " ".join(text.split()).replace("( ", "(").replace(" )", ")")) for kind, name, text in found}


def test_a_file_of_the_first_schema_becomes_what_a_new_file_is(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    for path in (old, new):
        file = DayFile(path, NOON)
        file.write(batch(3))  # type: ignore[arg-type]
        file.close()
    database = connected(old)
    database.executescript(
        "drop index trade_received; drop view v_trade_gap; drop table trade_gap; pragma user_version = 1;"
    )
    database.close()
    assert shape(old) != shape(new)
    DayFile(old, NOON).close()
    assert shape(old) == shape(new)
    database = connected(old)
    assert database.execute("select trade_key from trade").fetchall() == [(3,)]
    database.close()


def test_a_crash_before_the_schema_leaves_an_empty_file_that_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    path.touch()
    file = DayFile(path, NOON)
    file.write(batch(1))  # type: ignore[arg-type]
    file.close()


def test_a_removed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    file = DayFile(path, NOON)
    assert not file.gone
    path.unlink()
    assert file.gone
    path.touch()
    assert file.gone
    file.close()


def test_what_is_no_database_is_corrupt_and_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "day.db"
    for number in (1, 2):
        path.write_bytes(b"rubbish" * 1000)
        Path(f"{path}-wal").write_bytes(b"log")
        with pytest.raises(HistoryError) as error:
            DayFile(path, NOON)
        assert error.value.trouble is Trouble.CORRUPT
        Path(f"{path}-wal").write_bytes(b"log")
        assert set_aside(path) == tmp_path / f"day.db.corrupt-{number}"
        assert not Path(f"{path}-wal").exists()
    assert (tmp_path / "day.db.corrupt-1-wal").read_bytes() == b"log"


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="No such file"):
        DayFile(tmp_path / "none" / "day.db", NOON)


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        ("database or disk is full", Trouble.FULL),
        ("database is locked", Trouble.LOCKED),
        ("attempt to write a readonly database", Trouble.READ_ONLY),
        ("database disk image is malformed", Trouble.CORRUPT),
        ("file is not a database", Trouble.CORRUPT),
        ("disk I/O error", Trouble.OTHER),
    ],
)
def test_troubles(words: str, trouble: Trouble) -> None:
    error = history_error(Path("day.db"), sqlite3.OperationalError(words))
    assert error.trouble is trouble
    assert words in str(error)
