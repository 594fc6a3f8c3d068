"""Rows reach the server when they are due, and wait, bounded and counted, while they cannot."""

from __future__ import annotations

import itertools
import logging
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from server.history.intake import Row
from server.history.rows import StatusRow
from server.history.schema import Kind
from server.model import VenueState
from server.sql.address import parse
from server.sql.connection import Connection
from server.sql.errors import SqlError, SqlTrouble
from server.sql.sql_writer import RETRY_FIRST, RETRY_MOST, SLICE, SqlSettings, SqlWriter, sliced
from tests.free_port import free_port
from tests.history.samples import BTC, NOON, Clock, book, candle, gap, metric, trade

from .proxy import Proxy
from .servers import PASSWORD, QUOTED, Server

LONG = 30.0


def writer(url: str, spill: Path, clock: Clock | None = None, **changes: Any) -> SqlWriter:
    settings = SqlSettings(patience=LONG)._replace(**changes)
    clock = clock or Clock()
    return SqlWriter(url, spill, settings, clock, clock.monotonic)


def keys(server: Server, database: str) -> list[int]:
    return [int(row[0]) for row in server.execute("select trade_key from trade order by trade_key", database)]


def count(server: Server, database: str, table: str) -> int:
    return int(server.execute(f"select count(*) from {table}", database)[0][0])


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


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
def test_each_kind_is_written_when_it_is_due(url: str, spill: Path, row: Row, delay: float) -> None:
    clock = Clock()
    made = writer(url, spill, clock)
    made.add([row])
    if delay:
        clock.pass_seconds(delay - 0.1)
        made.turn()
        assert (made.waiting, made.written.total()) == (1, 0)
        clock.pass_seconds(0.1)
    made.turn()
    assert (made.waiting, made.written.total(), made.trouble) == (0, 1, None)
    made.close()


def test_flush_writes_all_and_again_changes_nothing(server: Server, url: str, database: str, spill: Path) -> None:
    rows: list[Row] = [trade(1), gap(1), metric(), candle(), book(1)]
    for _ in range(2):
        made = writer(url, spill)
        made.add(rows)
        made.flush()
        assert made.waiting == 0
        made.close()
    assert [count(server, database, kind.value) for kind in Kind] == [1, 1, 1, 1, 0, 0, 1, 1]


def test_what_no_server_holds_is_counted_and_costs_no_other_row(
    server: Server, url: str, database: str, spill: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = writer(url, spill)
    made.add([trade(1), trade(2)._replace(trade_id="x" * 300), trade(3)._replace(trade_id="a\0b"), trade(4)])
    made.add([trade(5)._replace(price=2**63), trade(6, time=-1)])
    made.close()
    assert keys(server, database) == [1, 4]
    assert made.refused == {"trade": 2, "TradeRow": 2}
    assert made.written == {Kind.TRADE: 2}
    assert len(lines(caplog)) == 2


def test_batches_are_of_one_transaction_each() -> None:
    entries = [(BTC, (number, "x")) for number in range(2 * SLICE + 1)]
    assert [len(each.entries) for each in sliced(Kind.TRADE, entries)] == [SLICE, SLICE, 1]
    large = [(BTC, (number, b"x" * 256 * SLICE)) for number in range(3)]
    assert [len(each.entries) for each in sliced(Kind.CHUNK, large)] == [1, 1, 1]
    assert list(sliced(Kind.TRADE, [])) == []


# -- a server that is away


def test_a_server_that_is_stopped_and_started(
    server: Server, url: str, database: str, spill: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    made = writer(url, spill, clock)
    made.add(map(trade, range(100)))
    made.flush()
    server.stop()
    try:
        for begin in range(100, 500, 100):
            made.add([*map(trade, range(begin, begin + 100)), metric(begin)])
            clock.pass_seconds(10)
            made.turn()
            assert made.trouble is not None
            assert made.trouble.trouble is SqlTrouble.AWAY
        assert made.waiting == made.spilled.total() == 404
        assert made.written.total() == 100
    finally:
        server.start()
    assert len(lines(caplog)) == 1
    made.add(map(trade, range(500, 600)))
    clock.pass_seconds(RETRY_MOST)
    made.turn()
    assert (made.trouble, made.waiting) == (None, 0)
    made.close()
    assert keys(server, database) == list(range(600))
    assert count(server, database, "metric") == 4
    assert (made.dropped.total(), made.written[Kind.TRADE]) == (0, 600)
    begun, ended = lines(caplog)
    assert "the server is away" in begun
    assert "written again" in ended
    assert PASSWORD not in begun + ended
    assert QUOTED not in begun + ended


def test_a_server_that_is_killed_in_the_middle(server: Server, url: str, database: str, spill: Path) -> None:
    clock = Clock()
    made = writer(url, spill, clock)
    for begin in range(0, 1000, 100):
        made.add(map(trade, range(begin, begin + 100)))
        clock.pass_seconds(RETRY_MOST)
        if begin in (300, 600):
            server.kill()
            made.turn()
            server.start()
        made.turn()
    made.close()
    assert keys(server, database) == list(range(1000))
    assert made.failures >= 2


def test_a_server_that_is_away_is_tried_ever_more_seldom(server: Server, spill: Path) -> None:
    clock = Clock()
    made = writer(server.address("not_there", free_port()), spill, clock)
    made.add([trade(1)])
    tries = []
    for _ in range(100):
        clock.pass_seconds(1)
        before = made.failures
        made.turn()
        if made.failures > before:
            tries.append(clock.monotonic())
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[0] == RETRY_FIRST
    assert pauses == sorted(pauses)
    assert max(pauses) == RETRY_MOST
    made.close()


def test_rows_of_an_ended_writer_are_written_by_the_next_one(
    server: Server, url: str, database: str, spill: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = server.address(database, free_port())
    first = writer(away, spill)
    first.add(map(trade, range(10)))
    first.close()
    assert first.waiting == 10
    assert "10 rows wait in" in lines(caplog)[-1]
    second = writer(url, spill)
    assert second.waiting == 10
    second.add([trade(10)])
    second.close()
    assert keys(server, database) == list(range(11))


def test_saved_rows_are_on_a_disk_whether_the_server_is_there_or_not(
    server: Server, url: str, database: str, spill: Path
) -> None:
    clock = Clock()
    made = writer(url, spill, clock)
    made.add([trade(1), book(1)])
    made.save()
    assert (made.waiting, keys(server, database)) == (0, [1])
    server.stop()
    try:
        for number in (2, 3):  # The second one comes before the server is tried again.
            made.add([trade(number), book(number)])
            made.save()
            assert made.waiting == made.spilled.total()
        assert made.failures == 1
    finally:
        server.start()
    clock.pass_seconds(RETRY_MOST)
    made.save()
    assert (made.waiting, keys(server, database)) == (0, [1, 2, 3])
    assert count(server, database, "book_chunk") == 3
    made.close()


def test_over_its_bound_the_spill_loses_the_oldest(
    server: Server, database: str, url: str, spill: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    made = writer(server.address(database, free_port()), spill, clock, most_spilled=20_000)
    for begin in range(0, 10_000, 100):
        made.add(map(trade, range(begin, begin + 100)))
        clock.pass_seconds(1)
        made.turn()
    waiting, lost = made.waiting, made.dropped.total()
    assert lost > 0
    assert waiting + lost == 10_000
    assert sum("is full: the oldest rows are dropped" in line for line in lines(caplog)) == 1
    made.close()
    again = writer(url, spill)
    again.close()
    assert keys(server, database) == list(range(lost, 10_000))


def test_without_a_disk_rows_wait_in_memory(small_disk: Path, server: Server, url: str, database: str) -> None:
    clock = Clock()
    made = writer(url, small_disk / "spill", clock)
    made.add(map(trade, range(100)))
    made.flush()
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 50_000))
    server.stop()
    try:
        for begin in range(100, 30_100, 10_000):
            made.add(map(trade, range(begin, begin + 10_000)))
            clock.pass_seconds(RETRY_MOST)
            made.turn()
        with pytest.raises(SqlError, match="full"):
            made.save()
        assert made.waiting == 30_000
        filler.unlink()
    finally:
        server.start()
    for _ in range(3):
        clock.pass_seconds(RETRY_MOST)
        made.turn()
    assert made.waiting == 0
    made.close()
    assert keys(server, database) == list(range(30_100))


# -- a server that refuses


@pytest.mark.parametrize(
    ("wrong", "trouble"),
    [("password", SqlTrouble.REFUSED), ("database", SqlTrouble.NO_DATABASE), ("tables", SqlTrouble.NO_TABLES)],
)
def test_a_server_that_refuses(
    server: Server, empty: str, spill: Path, wrong: str, trouble: SqlTrouble, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = {
        "password": server.address(empty, password="not%2Fthis"),
        "database": server.address("not_there"),
        "tables": server.address(empty),
    }
    clock = Clock()
    made = writer(addresses[wrong], spill, clock)
    made.add([trade(1)])
    for _ in range(5):
        clock.pass_seconds(RETRY_MOST)
        made.turn()
    assert made.trouble is not None
    assert made.trouble.trouble is trouble
    assert made.waiting == 1
    with pytest.raises(SqlError) as caught:
        made.flush()
    assert "not/this" not in str(caught.value)
    made.close()
    assert sum("rows cannot be written" in line for line in lines(caplog)) == 1
    assert not any("not/this" in line or "not%2Fthis" in line for line in lines(caplog))


def test_a_locked_table(server: Server, url: str, database: str, spill: Path) -> None:
    holder = Connection(parse(url), LONG)
    holder.execute("lock table trade in exclusive mode" if server.scheme == "postgresql" else "lock tables trade write")
    clock = Clock()
    made = writer(url, spill, clock, patience=2.0)
    made.add([trade(1)])
    clock.pass_seconds(1)
    made.turn()
    assert made.trouble is not None
    assert made.trouble.trouble is SqlTrouble.LOCKED
    assert made.waiting == 1
    holder.close()
    clock.pass_seconds(RETRY_MOST)
    made.turn()
    assert (made.trouble, made.waiting) == (None, 0)
    made.close()
    assert keys(server, database) == [1]


def test_a_server_that_hangs_holds_no_turn_up_for_long(server: Server, database: str, spill: Path) -> None:
    clock, patience = Clock(), 2.0
    with Proxy(server.port) as proxy:
        made = writer(server.address(database, proxy.port), spill, clock, patience=patience)
        made.add([trade(1)])
        made.flush()
        proxy.stalls = True
        for number in (2, 3):
            made.add([trade(number)])
            clock.pass_seconds(RETRY_MOST)
            begun = time.monotonic()
            made.turn()
            # Four times its patience is what it may take; the rest is for a machine that has other work.
            assert time.monotonic() - begun < 4 * patience + LONG
            assert made.trouble is not None
            assert made.trouble.trouble is SqlTrouble.SLOW
        assert made.waiting == 2
        proxy.stalls = False
        clock.pass_seconds(RETRY_MOST)
        made.turn()
        assert made.waiting == 0
        made.close()
    assert keys(server, database) == [1, 2, 3]


def test_input_that_cannot_work(spill: Path) -> None:
    with pytest.raises(SqlError) as caught:
        writer("postgresql://nowhere", spill)
    assert caught.value.trouble is SqlTrouble.SETTINGS
    assert not spill.exists()
    with pytest.raises(SqlError) as caught:
        writer("postgresql://u:p@localhost/d", spill / "a" / "b")
    assert caught.value.trouble is SqlTrouble.SPILL
