"""A snapshot and the frames behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orderbook_ext import OrderBook
from server.book.replay import ReplayedBook, replay
from server.book.update_buffer import BufferGap, UpdateBuffer
from server.errors import FrameError
from server.model import Receipt
from tests.book.test_snapshot_joiner import Joiner


def replayed(joiner: Joiner, body: bytes, levels: int = 0) -> ReplayedBook:
    plan = replace(joiner.plan, snapshot_levels=levels)
    snapshot = joiner.answer(body)
    return replay(plan, OrderBook(2, 3), snapshot, joiner.held, joiner.frames, Receipt(1, 2))


def hold(joiner: Joiner, at: int) -> None:
    data = joiner.exchange.step(joiner.plan.stream)
    frame = joiner.frames.read(data)
    assert frame is not None
    joiner.held.add(frame, data, Receipt(at, at))


def test_without_frames_the_book_is_the_snapshot() -> None:
    joiner = Joiner()
    made = replayed(joiner, joiner.exchange.rest())
    assert made.rule.position == joiner.exchange.last_id
    assert made.at == Receipt(1, 2)


def test_time_and_receipt_are_those_of_the_newest_frame() -> None:
    joiner = Joiner()
    body = joiner.exchange.rest()
    hold(joiner, 10)
    hold(joiner, 20)
    made = replayed(joiner, body)
    assert made.at == Receipt(20, 20)
    assert made.rule.position == joiner.exchange.last_id
    bids, asks = made.book.top(50)
    assert (list(bids), list(asks)) == joiner.exchange.top(50)


def test_frames_that_the_snapshot_contains_change_nothing() -> None:
    joiner = Joiner()
    hold(joiner, 10)
    made = replayed(joiner, joiner.exchange.rest())
    assert made.at == Receipt(1, 2)
    assert joiner.held.first is None


def test_a_snapshot_with_as_many_levels_as_the_venue_gives_may_hide_more() -> None:
    joiner = Joiner()
    body = joiner.exchange.rest()
    rows = max(len(side) for side in joiner.exchange.top(5000))
    assert not replayed(joiner, body, levels=rows).book.whole
    assert replayed(joiner, body, levels=rows + 1).book.whole


def test_a_gap_between_the_held_frames_is_told_and_what_follows_is_kept() -> None:
    joiner = Joiner()
    body = joiner.exchange.rest()
    hold(joiner, 10)
    joiner.exchange.step(joiner.plan.stream)
    hold(joiner, 30)
    with pytest.raises(BufferGap):
        replayed(joiner, body)
    bids, asks = replayed(joiner, joiner.exchange.rest()).book.top(50)
    assert (list(bids), list(asks)) == joiner.exchange.top(50)


def test_a_held_frame_that_cannot_be_read_again() -> None:
    joiner = Joiner()
    held = UpdateBuffer()
    frame = joiner.frames.read(joiner.exchange.step(joiner.plan.stream))
    assert frame is not None
    held.add(frame, b"[]", Receipt(1, 1))
    snapshot = joiner.answer(joiner.exchange.rest())
    with pytest.raises(FrameError):
        replay(joiner.plan, OrderBook(2, 3), snapshot, held, joiner.frames, Receipt(1, 1))
