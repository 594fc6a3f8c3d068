"""Crossed spells: by frames, by time, and their end."""

from __future__ import annotations

from orderbook_ext import OrderBook
from server.book.crossed_monitor import FRAMES, SPELL, CrossedMonitor
from server.model import VenueState


def book(bid: int, ask: int) -> OrderBook:
    made = OrderBook(0, 0)
    made.load([(str(bid), 1)], [(str(ask), 1)])
    return made


def test_a_book_that_stays_crossed_over_many_frames_is_at_fault() -> None:
    monitor, crossed = CrossedMonitor(), book(5, 5)
    assert [monitor.judge(crossed, None, 1) for _ in range(FRAMES)] == [None] * FRAMES
    assert not monitor.settled
    fault = monitor.judge(crossed, None, 1)
    assert fault is not None
    assert fault.state is VenueState.CROSSED


def test_a_book_that_stays_crossed_for_a_second_is_at_fault() -> None:
    monitor = CrossedMonitor()
    assert monitor.overdue(5 * SPELL) is None
    monitor.judge(book(6, 5), None, 10 * SPELL)
    assert monitor.overdue(11 * SPELL) is None
    fault = monitor.overdue(11 * SPELL + 1)
    assert fault is not None
    assert fault.state is VenueState.CROSSED


def test_a_spell_ends_with_the_first_frame_that_is_not_crossed() -> None:
    monitor = CrossedMonitor()
    for _ in range(FRAMES):
        monitor.judge(book(6, 5), None, 1)
    assert monitor.judge(book(4, 5), None, 2) is None
    assert monitor.settled
    assert monitor.overdue(100 * SPELL) is None
    assert monitor.judge(book(6, 5), None, 3) is None


def test_a_restart_ends_a_spell() -> None:
    monitor = CrossedMonitor()
    monitor.judge(book(6, 5), None, 1)
    monitor.restart()
    assert monitor.settled
    assert monitor.overdue(100 * SPELL) is None
