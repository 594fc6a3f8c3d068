"""Rows are written when they are due, into their day's file, and survive what goes wrong."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from server.history import schema
from server.history.errors import HistoryError, Trouble
from server.history.folder import DAY, day_of, day_path, days
from server.history.intake import Row
from server.history.retention import Retention
from server.history.rows import StatusRow
from server.history.schema import Kind
from server.history.writer import RETRY_AFTER, HistoryWriter, Settings
from server.model import VenueState
from server.units import SECOND

from .samples import BTC, NOON, Clock, book, candle, gap, metric, query, trade, write, writer

TODAY = day_of(NOON)


def count(folder: Path, table: str, time: int = NOON) -> int:
    (number,) = query(folder, f"select count(*) from {table}", time)[0]
    return int(number)


# -- when


@pytest.mark.parametrize(
    ("row", "delay"),
    [
        (trade(1), 0.5),
        (metric(), 10.0),
        (candle(interval="1s"), 10.0),
        (candle(interval="1m"), 0.0),
        (StatusRow(BTC, NOON, VenueState.LIVE, ""), 0.0),
    ],
)
def test_each_kind_is_written_when_it_is_due(tmp_path: Path, row: Row, delay: float) -> None:
    clock = Clock()
    made = writer(tmp_path, clock)
    made.add([row])
    if delay:
        clock.pass_seconds(delay - 0.1)
        made.turn()
        assert (made.waiting, made.written.total()) == (1, 0)
        clock.pass_seconds(0.1)
    made.turn()
    assert (made.waiting, made.written.total()) == (0, 1)
    made.close()


def test_chunks_are_written_when_they_are_full_or_old(tmp_path: Path) -> None:
    clock = Clock()
    made = writer(tmp_path, clock, Settings(chunk_books=4))
    made.add(book(number) for number in range(5))
    clock.pass_seconds(0.5)
    made.turn()
    assert count(tmp_path, "book_chunk") == 1
    clock.pass_seconds(9.5)
    made.turn()
    clock.pass_seconds(0.5)
    made.turn()
    assert query(tmp_path, "select books from book_chunk") == [(4,), (1,)]
    assert count(tmp_path, "book_sample") == 1
    made.close()


def test_flush_writes_all(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.add([trade(1), gap(1), metric(), candle(), book(1)])
    made.flush()
    assert made.waiting == 0
    assert [count(tmp_path, kind.value) for kind in Kind] == [1, 1, 1, 1, 0, 0, 1, 1]
    made.close()


# -- where


def test_rows_go_into_the_file_of_their_own_day(tmp_path: Path) -> None:
    clock = Clock(NOON - NOON % DAY + DAY - SECOND)
    made = writer(tmp_path, clock)
    before, after = clock.now, clock.now + SECOND
    made.add([trade(1, time=before)])
    clock.pass_seconds(2)
    made.add([trade(2, time=before), trade(3, time=after), trade(4, time=after - 1)])
    made.close()
    assert days(tmp_path) == [TODAY, TODAY + 1]
    assert query(tmp_path, "select trade_key from trade order by 1") == [(1,), (2,), (4,)]
    assert query(tmp_path, "select trade_key from trade", after) == [(3,)]


def test_times_that_cannot_be_are_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = writer(tmp_path)
    made.add([trade(1, time=NOON + 2 * DAY), trade(2, time=-1), trade(3)])
    made.close()
    assert made.refused == {"TradeRow": 2}
    assert days(tmp_path) == [TODAY]
    assert [record.message for record in caplog.records if "refused" in record.message] == [
        f"a row of the history is refused: time {NOON + 2 * DAY} is before 1970 or more than a day ahead"
    ]


def test_a_refused_row_costs_no_other_row(tmp_path: Path) -> None:
    write(tmp_path, [trade(1), trade(2)._replace(price=2**63), trade(3), trade(4, BTC._replace(price_exp=5))])
    assert query(tmp_path, "select trade_key from trade") == [(1,), (3,)]


def test_old_days_go_and_today_stays(tmp_path: Path) -> None:
    clock = Clock()
    made = writer(tmp_path, clock, Settings(retention=Retention(days=1)))
    made.add(trade(number, time=NOON - number * DAY) for number in range(4))
    made.flush()
    assert len(days(tmp_path)) == 4
    made.turn()
    assert days(tmp_path) == [TODAY - 1, TODAY]
    clock.now += 400 * DAY
    made.turn()
    assert days(tmp_path) == []
    made.add([trade(1, time=clock.now)])
    made.close()
    assert days(tmp_path) == [TODAY + 400]


def test_a_clock_that_is_put_forward_removes_no_day(tmp_path: Path) -> None:
    clock, passed = Clock(), [100.0]
    made = HistoryWriter(tmp_path, Settings(retention=Retention(days=1)), clock, lambda: passed[0])
    made.add([trade(1), trade(2, time=NOON - DAY)])
    made.flush()
    clock.now += 400 * DAY
    passed[0] += 1000
    made.add([trade(3, time=clock.now)])
    made.turn()
    made.flush()
    assert days(tmp_path) == [TODAY - 1, TODAY, TODAY + 400]
    passed[0] += 3 * DAY / SECOND
    made.turn()
    assert days(tmp_path) == [TODAY + 400], "now they are old"
    made.close()


def test_one_writer_per_folder(tmp_path: Path) -> None:
    first = writer(tmp_path)
    with pytest.raises(HistoryError, match="another process") as error:
        writer(tmp_path)
    assert error.value.trouble is Trouble.LOCKED
    first.close()
    writer(tmp_path).close()


def test_only_the_last_folder_is_made(tmp_path: Path) -> None:
    writer(tmp_path / "history").close()
    with pytest.raises(HistoryError, match="cannot be made"):
        writer(tmp_path / "missing" / "history")


# -- trouble


def retried(made: HistoryWriter, clock: Clock) -> None:
    clock.pass_seconds(max(RETRY_AFTER, 10))
    made.turn()


def test_a_locked_file_keeps_rows_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.history.day_file.LOCK_PATIENCE", 0.0)
    clock = Clock()
    made = writer(tmp_path, clock)
    other = sqlite3.connect(day_path(tmp_path, TODAY), isolation_level=None)
    other.execute("begin immediate")
    made.add([trade(1)])
    with pytest.raises(HistoryError):
        made.flush()
    retried(made, clock)
    assert made.trouble is not None
    assert made.trouble.trouble is Trouble.LOCKED
    assert (made.waiting, made.failures) == (1, 2)
    other.execute("rollback")
    other.close()
    retried(made, clock)
    assert made.trouble is None
    made.close()
    assert count(tmp_path, "trade") == 1


def test_a_failure_is_not_tried_again_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    made = writer(tmp_path, clock)

    def fail(*_arguments: object) -> None:
        raise HistoryError("no", Trouble.FULL)

    with monkeypatch.context() as patch:
        patch.setattr("server.history.day_files.DayFile.write", fail)
        made.add([trade(1)])
        clock.pass_seconds(0.5)
        for _ in range(5):
            made.turn()
        assert made.failures == 1
    retried(made, clock)
    assert made.written == {Kind.TRADE: 1}
    made.close()


def test_a_full_disk_is_told_once_and_recovered_from(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own limit of pages stands for the disk: the error is the same, SQLITE_FULL."""
    clock = Clock()
    made = writer(tmp_path, clock, Settings(most_waiting=1000))
    limited = ["pragma synchronous = full", "pragma max_page_count = 40"]
    connect = sqlite3.connect

    class Small(sqlite3.Connection):
        def execute(self, statement: str, *arguments: object) -> sqlite3.Cursor:
            done = super().execute(statement, *arguments)  # type: ignore[arg-type]
            if statement == limited[0]:
                super().execute(limited[1])
            return done

    def small(*arguments: object, **options: object) -> sqlite3.Connection:
        return connect(*arguments, factory=Small, **options)  # type: ignore[call-overload, no-any-return]

    made._files.close()  # noqa: SLF001
    with monkeypatch.context() as patch:
        patch.setattr("sqlite3.connect", small)
        for number in range(5):
            made.add(trade(number * 800 + each) for each in range(800))
            retried(made, clock)
        assert made.trouble is not None
        assert made.trouble.trouble is Trouble.FULL
        assert made.waiting <= 1000
        assert made.dropped[Kind.TRADE] > 0
        made._files.close()  # noqa: SLF001
    retried(made, clock)
    assert made.trouble is None
    made.close()
    assert count(tmp_path, "trade") == 4000 - made.dropped[Kind.TRADE]
    words = [record.message for record in caplog.records]
    assert len([each for each in words if "the disk is full" in each]) == 1
    assert len([each for each in words if "written again" in each]) == 1


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"rubbish" * 1000)


def test_a_damaged_file_is_set_aside_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, [trade(1)])
    damage(day_path(tmp_path, TODAY))
    write(tmp_path, [trade(2)])
    assert query(tmp_path, "select trade_key from trade") == [(2,)]
    assert Path(f"{day_path(tmp_path, TODAY)}.corrupt-1").exists()
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


def test_a_file_that_is_damaged_meanwhile_is_set_aside_and_no_waiting_row_is_lost(tmp_path: Path) -> None:
    clock = Clock()
    made = writer(tmp_path, clock)
    made.add([trade(1)])
    made.flush()
    made._files.close()  # noqa: SLF001
    damage(day_path(tmp_path, TODAY))
    made.add([trade(2)])
    retried(made, clock)
    assert made.trouble is None
    made.close()
    assert query(tmp_path, "select trade_key from trade") == [(2,)]


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    write(tmp_path, [trade(1)])
    database = sqlite3.connect(day_path(tmp_path, TODAY))
    database.execute(f"pragma user_version = {schema.VERSION + 1}")
    database.close()
    with pytest.raises(HistoryError) as error:
        writer(tmp_path)
    assert error.value.trouble is Trouble.NEWER
    assert count(tmp_path, "trade") == 1


def test_one_bad_day_does_not_stop_the_others(tmp_path: Path) -> None:
    clock = Clock()
    made = writer(tmp_path, clock)
    day_path(tmp_path, TODAY - 1).mkdir()
    made.add([trade(1, time=NOON - DAY), trade(2)])
    with pytest.raises(HistoryError):
        made.flush()
    assert (count(tmp_path, "trade"), made.waiting) == (1, 1)
    day_path(tmp_path, TODAY - 1).rmdir()
    retried(made, clock)
    assert made.waiting == 0
    made.close()


def test_rows_that_close_cannot_write_are_an_error(tmp_path: Path) -> None:
    made = writer(tmp_path)
    day_path(tmp_path, TODAY - 1).mkdir()
    made.add([trade(1, time=NOON - DAY)])
    with pytest.raises(HistoryError):
        made.close()
    writer(tmp_path).close()


def test_a_held_read_transaction_does_not_stop_writes(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.add([trade(1)])
    made.flush()
    reader = sqlite3.connect(f"file:{day_path(tmp_path, TODAY)}?mode=ro", uri=True, isolation_level=None)
    reader.execute("begin")
    assert reader.execute("select count(*) from trade").fetchone() == (1,)
    for number in range(20):
        made.add(trade(number * 100 + each) for each in range(100))
        made.flush()
    assert reader.execute("select count(*) from trade").fetchone() == (1,)
    reader.close()
    made.close()
    assert count(tmp_path, "trade") == 2000
