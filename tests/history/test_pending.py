"""What waits is due in time, stays until it is written, and is bounded."""

from __future__ import annotations

from server.history.pending import Pending, Queue
from server.history.schema import Kind

from .samples import BTC

FAST, SLOW = Queue(Kind.TRADE, 0.5), Queue(Kind.METRIC, 10.0)


def test_each_queue_is_due_by_its_oldest_row() -> None:
    pending = Pending(100)
    pending.add(FAST, 1, (BTC, (1,)), 0.0)
    pending.add(FAST, 1, (BTC, (2,)), 0.4)
    pending.add(SLOW, 1, (BTC, (3,)), 0.0)
    assert pending.due(0.4) == []
    assert pending.due(0.5) == [FAST]
    assert pending.due(10.0) == [FAST, SLOW] == pending.all()


def test_rows_stay_until_they_are_done() -> None:
    pending = Pending(100)
    pending.add(FAST, 2, (BTC, (1,)), 0.0)
    pending.add(FAST, 1, (BTC, (2,)), 0.0)
    expected = [(1, {Kind.TRADE: [(BTC, (2,))]}), (2, {Kind.TRADE: [(BTC, (1,))]})]
    assert list(pending.batches([FAST])) == expected
    pending.done([FAST], 1)
    assert list(pending.batches(pending.all())) == expected[1:]
    pending.done([FAST], 2)
    assert pending.all() == []
    assert len(pending) == 0


def test_queues_with_different_days_are_done_day_by_day() -> None:
    pending = Pending(100)
    pending.add(FAST, 1, (BTC, (1,)), 0.0)
    pending.add(SLOW, 2, (BTC, (2,)), 0.0)
    queues = pending.all()
    for day in (1, 2):
        pending.done(queues, day)
    assert len(pending) == 0


def test_queues_of_one_kind_are_written_together() -> None:
    pending = Pending(100)
    pending.add(Queue(Kind.CANDLE, 0.0), 1, (BTC, (1,)), 0.0)
    pending.add(Queue(Kind.CANDLE, 10.0), 1, (BTC, (2,)), 0.0)
    assert list(pending.batches(pending.all())) == [(1, {Kind.CANDLE: [(BTC, (1,)), (BTC, (2,))]})]


def test_the_oldest_rows_of_the_longest_queue_are_dropped_and_counted() -> None:
    pending = Pending(160)
    pending.add(SLOW, 1, (BTC, (-1,)), 0.0)
    for number in range(1000):
        pending.add(FAST, 1, (BTC, (number,)), 0.0)
        assert len(pending) <= 160
    kept = [values[0] for _day, batch in pending.batches([FAST]) for _market, values in batch[Kind.TRADE]]
    assert kept == list(range(1000 - len(kept), 1000))
    assert pending.dropped == {Kind.TRADE: 1000 - len(kept)}
    assert SLOW in pending.all()


def test_large_rows_count_by_their_bytes() -> None:
    pending = Pending(100)
    for _ in range(100):
        pending.add(Queue(Kind.CHUNK, 0.0), 1, (BTC, (b"x" * 2560,)), 0.0)
    assert len(pending) <= 10
    pending.add(Queue(Kind.CHUNK, 0.0), 1, (BTC, (b"x" * 256_000,)), 0.0)
    assert pending.dropped[Kind.CHUNK] == 101 - len(pending)
