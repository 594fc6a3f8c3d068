"""Frames that wait for a snapshot, and the timer that asks for it."""

from __future__ import annotations

import random

import pytest

from server.book.depth_reader import DepthReader, Frame
from server.book.snapshot_timer import NEVER, SnapshotTimer
from server.book.update_buffer import BufferGap, UpdateBuffer
from server.model import Receipt
from server.protocol.sequence import RangeRule
from server.units import SECOND
from server.venues import VENUES

from .model import Exchange

NAME = "binance"
STREAM = "btcusdt@depth@100ms"


def reader() -> DepthReader:
    return DepthReader(VENUES[NAME].DEPTH)


def hold(held: UpdateBuffer, data: bytes) -> None:
    frame = reader().read(data)
    assert frame is not None
    held.add(frame, data, Receipt(1, 1))


def test_replay_in_order_and_once() -> None:
    exchange, held, rule = Exchange(NAME, random.Random(1)), UpdateBuffer(), RangeRule()
    rule.position = exchange.last_id
    for _ in range(3):
        hold(held, exchange.step(STREAM))
    applied: list[int] = []

    def apply(frame: Frame, _at: Receipt) -> None:
        applied.append(frame.last_id)

    held.replay(reader(), rule, apply)
    assert applied == sorted(applied)
    assert len(applied) == 3
    assert applied[-1] == rule.position == exchange.last_id
    assert held.first is None
    held.replay(reader(), rule, apply)
    assert len(applied) == 3


def test_gap_keeps_what_follows_it() -> None:
    exchange, held, rule = Exchange(NAME, random.Random(2)), UpdateBuffer(), RangeRule()
    rule.position = exchange.last_id
    hold(held, exchange.step(STREAM))
    exchange.step(STREAM)
    before = exchange.last_id
    hold(held, exchange.step(STREAM))
    with pytest.raises(BufferGap):
        held.replay(reader(), rule, lambda _frame, _at: None)
    assert held.first is not None
    assert held.first[0] == before + 1


def test_a_full_buffer_begins_anew() -> None:
    exchange = Exchange(NAME, random.Random(3))
    frames = [exchange.step(STREAM) for _ in range(4)]
    held = UpdateBuffer(limit=sum(map(len, frames[:3])))
    for frame in frames[:3]:
        hold(held, frame)
    first = held.first
    hold(held, frames[3])
    assert held.first is not None
    assert first is not None
    assert held.first[0] > first[0]


def test_timer_settles_on_the_first_frame_or_the_latest_time() -> None:
    timer = SnapshotTimer()
    assert timer.idle
    timer.settle(5 * SECOND, 9 * SECOND)
    timer.frame_held(1 * SECOND)
    assert not timer.take(4 * SECOND)
    assert timer.take(5 * SECOND)
    assert not timer.take(NEVER), "one at a time"
    timer.pending = False
    timer.settle(5 * SECOND, 9 * SECOND)
    assert not timer.take(8 * SECOND)
    assert timer.take(9 * SECOND)


def test_timer_waits_longer_after_failures_and_at_least_as_told() -> None:
    timer = SnapshotTimer()
    waits = []
    for _ in range(6):
        timer.retry(0, 0.0)
        waits.append(timer.due or 0)
    assert waits[5] > waits[0]
    timer.retry(0, 1000.0)
    assert timer.due == 1000 * SECOND
    timer.joined()
    timer.retry(0, 0.0)
    assert (timer.due or 0) <= SECOND // 2
    timer.cancel()
    assert timer.idle
