"""Rows that wait on the disk: in order, bounded, counted, and there after `kill -9` or damage."""

from __future__ import annotations

import logging
import os
import shutil
import stat
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.history.book_chunk import packed
from server.history.schema import Kind
from server.sql.errors import SqlError, SqlTrouble
from server.sql.spill import NAME, Batch, Spill, decoded, encoded
from tests.history.samples import BTC, FINER, INT64, book, candles, metrics, trade, trades

MEGABYTE = 1 << 20


def batch(first: int, count: int = 10) -> Batch:
    rows = [trade(number) for number in range(first, first + count)]
    return Batch(Kind.TRADE, [(row.market, row.values()) for row in rows])


def taken(spill: Spill) -> list[Batch]:
    """Everything that waits, in order."""
    found = []
    while (first := spill.first()) is not None:
        found.append(first[1])
        spill.done(first[0])
    return found


@given(st.lists(st.one_of(trades, candles, metrics), max_size=5))
def test_rows_are_kept_exactly(rows: list[object]) -> None:
    entries = [(row.market, row.values()) for row in rows]  # type: ignore[attr-defined]
    assert decoded(encoded(entries)) == entries


def test_chunks_are_kept_exactly() -> None:
    chunk = packed([book(number) for number in range(3)])
    entries = [(BTC, chunk.values()), (FINER, (*chunk.values()[:-1], bytes(range(256))))]
    assert decoded(encoded(entries)) == entries


@given(st.binary(max_size=30), INT64)
def test_what_is_no_batch_is_one_error(data: bytes, at: int) -> None:
    whole = encoded(batch(0).entries)
    for damaged in (data, whole[: at % len(whole)]):
        with pytest.raises((ValueError, zlib.error)):
            decoded(damaged)


def test_batches_come_in_order_and_survive_a_restart(spill: Path) -> None:
    first = Spill(spill, MEGABYTE)
    first.append([batch(0), batch(10)])
    first.append([batch(20)])
    assert first.rows == 30
    number, oldest = first.first() or (0, None)
    assert oldest == batch(0)
    first.done(number)
    first.close()
    again = Spill(spill, MEGABYTE)
    assert again.rows == 20
    assert taken(again) == [batch(10), batch(20)]
    assert (again.rows, again.bytes) == (0, 0)
    again.close()


def test_over_the_bound_the_oldest_go_and_are_counted(spill: Path) -> None:
    size = len(encoded(batch(1000).entries)) + 64
    made = Spill(spill, 3 * size + 100)
    made.append(batch(1000 + 10 * number) for number in range(5))
    assert made.dropped == {Kind.TRADE: 20}
    assert made.bytes <= 3 * size + 100
    assert [each.entries[0][1][1] for each in taken(made)] == [1020, 1030, 1040]
    made.close()
    small = Spill(spill, 10)
    small.append([batch(0)])
    assert (small.rows, small.dropped) == (0, {Kind.TRADE: 10})
    small.close()


def test_the_file_gives_its_room_back(spill: Path) -> None:
    made = Spill(spill, 100 * MEGABYTE)
    made.append(batch(number * 1000, 1000) for number in range(50))
    taken(made)
    made.close()
    assert (spill / NAME).stat().st_size < 100_000


def test_the_folder_is_for_its_owner_and_for_one_process(spill: Path) -> None:
    made = Spill(spill, MEGABYTE)
    assert stat.S_IMODE(spill.stat().st_mode) == 0o700
    assert stat.S_IMODE((spill / NAME).stat().st_mode) == 0o600
    with pytest.raises(SqlError, match="another process") as caught:
        Spill(spill, MEGABYTE)
    assert caught.value.trouble is SqlTrouble.SPILL
    made.close()
    Spill(spill, MEGABYTE).close()
    with pytest.raises(SqlError, match="cannot be made"):
        Spill(spill / "a" / "b", MEGABYTE)


def test_a_damaged_file_is_set_aside(spill: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = Spill(spill, MEGABYTE)
    made.append([batch(0)])
    made.close()
    (spill / NAME).write_bytes(b"no database at all" * 1000)
    again = Spill(spill, MEGABYTE)
    assert again.first() is None
    again.append([batch(5)])
    assert taken(again) == [batch(5)]
    again.close()
    assert (spill / f"{NAME}.corrupt-1").exists()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_damaged_batch_is_dropped_and_counted(spill: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = Spill(spill, MEGABYTE)
    made.append([batch(0), batch(10)])
    made._database.execute("update batch set data = x'00' where number = 1")  # noqa: SLF001
    assert taken(made) == [batch(10)]
    assert made.dropped == {Kind.TRADE: 10}
    assert len(caplog.records) == 1
    made.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts file systems")
def test_a_full_disk_is_one_error_and_changes_nothing(small_disk: Path) -> None:
    made = Spill(small_disk / "spill", 100 * MEGABYTE)
    made.append([batch(0)])
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 50_000))
    with pytest.raises(SqlError) as caught:
        made.append(batch(number, 2000) for number in range(0, 100_000, 2000))
    assert caught.value.trouble is SqlTrouble.SPILL
    filler.unlink()
    made.append([batch(10)])
    assert taken(made) == [batch(0), batch(10)]
    made.close()
