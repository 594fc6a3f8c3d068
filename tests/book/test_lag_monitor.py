"""Streams that stay behind the book that a snapshot began."""

from __future__ import annotations

from orderbook_ext import OrderBook
from server.book.lag_monitor import BEHIND, LagMonitor, OldUpdate
from server.model import VenueState

BOOK = OrderBook(0, 0)
OLD = OldUpdate(position=100, last_id=90)


def test_a_stream_may_be_behind_for_three_seconds() -> None:
    monitor = LagMonitor()
    assert monitor.settled
    assert monitor.judge(BOOK, OLD, 10 * BEHIND) is None
    assert not monitor.settled
    assert monitor.judge(BOOK, OLD, 11 * BEHIND) is None
    fault = monitor.judge(BOOK, OLD, 11 * BEHIND + 1)
    assert fault is not None
    assert fault.state is VenueState.GAP
    assert "100" in fault.reason
    assert "90" in fault.reason


def test_a_newer_frame_ends_the_lag() -> None:
    monitor = LagMonitor()
    monitor.judge(BOOK, OLD, BEHIND)
    monitor.restart()
    assert monitor.settled
    assert monitor.judge(BOOK, OLD, 10 * BEHIND) is None
