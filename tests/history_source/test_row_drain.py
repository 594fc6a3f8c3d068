"""Rows leave the ring when they are on the disk, and not before."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from recording import Ring, State
from server.history.errors import HistoryError
from server.history.row_codec import encode
from server.history.store import HistoryStore
from server.history.writer import HistoryWriter
from server.history_source.row_drain import FLUSH, FLUSH_EVERY, ROWS, RowDrain
from tests.history.samples import BTC, NOON, pages, source, trade


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def writer(folder: Path) -> HistoryWriter:
    return HistoryWriter(folder, clock=lambda: NOON, monotonic=time.monotonic)


def put(ring: Ring, *numbers: int) -> None:
    for number in numbers:
        assert ring.put(0, ROWS, encode(trade(number)), 1, 1)


def ids(folder: Path) -> list[int]:
    return [int(row.trade_id) for row in pages(HistoryStore(folder).trades, source(BTC), limit=100)]


def test_rows_stay_in_the_ring_until_they_are_on_the_disk(tmp_path: Path) -> None:
    ring, clock = Ring.made(1 << 20), Clock()
    drain = RowDrain(ring, lambda: writer(tmp_path), clock)
    put(ring, 1, 2)
    assert drain.attempt()
    assert ring.counters.behind > 0
    clock.now += FLUSH_EVERY
    put(ring, 3)
    assert drain.attempt()
    assert ring.counters.behind == 0
    assert ids(tmp_path) == [1, 2, 3]
    put(ring, 4)
    ring.put(0, FLUSH, b"", 1, 1)
    assert drain.attempt()
    assert ring.counters.behind == 0
    assert ids(tmp_path) == [1, 2, 3, 4]


def test_a_successor_writes_what_was_not_on_the_disk(tmp_path: Path) -> None:
    ring = Ring.made(1 << 20)
    first_writer = writer(tmp_path)
    first = RowDrain(ring, lambda: first_writer)
    put(ring, 1, 2)
    assert first.attempt()
    first_writer._lock.close()  # type: ignore[union-attr]  # noqa: SLF001 - as the end of its process does
    put(ring, 3)
    successor = RowDrain(ring, lambda: writer(tmp_path))
    assert successor.run(lambda _seconds: True)
    assert ids(tmp_path) == [1, 2, 3]
    assert ring.state[0] is State.ENDED


def test_a_nearly_full_ring_is_written_at_once(tmp_path: Path) -> None:
    ring = Ring.made(1 << 16)
    drain = RowDrain(ring, lambda: writer(tmp_path))
    number = 0
    while ring.counters.behind < ring.capacity // 2:
        number += 1
        put(ring, number)
    while ring.counters.behind:
        assert drain.attempt()
    assert len(ids(tmp_path)) == number


def test_a_folder_that_cannot_be_used_is_said_and_tried_again(tmp_path: Path) -> None:
    ring, usable = Ring.made(1 << 16), [False]

    def made() -> HistoryWriter:
        if not usable[0]:
            raise HistoryError("the disk is away")
        return writer(tmp_path)

    drain = RowDrain(ring, made)
    put(ring, 1)
    assert not drain.attempt()
    assert ring.state == (State.FAILING, "the disk is away")
    usable[0] = True
    assert drain.attempt(ending=True)
    assert ring.state[0] is State.RECORDING
    assert ids(tmp_path) == [1]


def test_rows_wait_in_the_ring_while_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Ring.made(1 << 16)
    one = writer(tmp_path)
    drain = RowDrain(ring, lambda: one)

    def full(*_arguments: object) -> None:
        raise HistoryError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(one._files, "write", full)  # noqa: SLF001 - stands for a disk
        put(ring, 1)
        ring.put(0, FLUSH, b"", 1, 1)
        assert not drain.attempt()
        put(ring, 2, 3)
        assert not drain.attempt()
        assert one.waiting == 1
    assert drain.attempt(ending=True) or drain.attempt(ending=True)
    assert drain.attempt(ending=True)
    assert ids(tmp_path) == [1, 2, 3]
