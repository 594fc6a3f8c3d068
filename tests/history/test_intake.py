"""Rows wait in the queue of their kind; what cannot be kept is counted and costs no other row."""

from __future__ import annotations

import logging

import pytest

from server.history.errors import NumberError
from server.history.folder import DAY
from server.history.intake import Delays, Intake
from server.history.pending import Queue
from server.history.schema import Kind

from .samples import BTC, NOON, Clock, book, candle, metric, trade


def made(clock: Clock, **changes: int) -> Intake:
    delays = Delays(0.5, 10.0, 1000)._replace(**changes)
    return Intake(delays, clock, clock.monotonic)


def test_rows_wait_as_long_as_their_kind_may() -> None:
    intake = made(Clock())
    intake.add([trade(1), metric(), candle(interval="1s"), candle(interval="1m")])
    assert intake.pending.all() == [
        Queue(Kind.TRADE, 0.5),
        Queue(Kind.METRIC, 10.0),
        Queue(Kind.CANDLE, 10.0),
        Queue(Kind.CANDLE, 0.0),
    ]
    assert intake.waiting == 4


def test_books_wait_in_open_chunks_until_these_are_full_or_old() -> None:
    clock = Clock()
    intake = made(clock, chunk_books=2)
    intake.add(book(number) for number in range(3))
    assert intake.pending.all() == [Queue(Kind.SAMPLE, 10.0), Queue(Kind.CHUNK, 0.5)]
    assert intake.waiting == 3
    clock.pass_seconds(10)
    intake.close_old_books()
    assert intake.waiting == len(intake.pending) == 3
    intake.add([book(4)])
    intake.close_all_books()
    assert intake.waiting == len(intake.pending)


def test_what_cannot_be_kept_is_counted_and_the_first_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    intake = made(Clock())
    with caplog.at_level(logging.ERROR):
        intake.add([trade(1, time=-1), trade(2, time=NOON + 2 * DAY), trade(3), trade(4, BTC._replace(price_exp=5))])
        intake.refuse("MetricRow", NumberError("no"))
    assert intake.refused == {"TradeRow": 3, "MetricRow": 1}
    assert intake.waiting == 1
    assert len(caplog.records) == 2
