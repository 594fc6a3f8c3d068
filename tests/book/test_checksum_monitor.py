"""Checksums that match, fail, and fail for ever."""

from __future__ import annotations

import pytest

from orderbook_ext import OrderBook
from server.book.checksum_monitor import BROKEN_AFTER, MENDED_AFTER, MISMATCH, ChecksumMonitor
from tests.book.family import CHECKSUM


def book() -> OrderBook:
    made = OrderBook(2, 0)
    made.load([("99", 1)], [("101", 1)])
    return made


def test_a_checksum_is_compared_with_the_book() -> None:
    monitor = ChecksumMonitor(CHECKSUM)
    assert monitor.compare(book(), book().checksum(CHECKSUM)) is True
    assert monitor.compare(book(), 1) is False
    assert monitor.settled, "to compare is not to judge"


@pytest.mark.parametrize("nothing", [0, None])
def test_a_checksum_of_zero_is_none(nothing: int | None) -> None:
    assert ChecksumMonitor(CHECKSUM).compare(book(), nothing) is None
    assert ChecksumMonitor(None).compare(book(), 5) is None


def test_a_mismatch_is_a_fault_until_the_next_match() -> None:
    monitor = ChecksumMonitor(CHECKSUM)
    assert monitor.judge(book(), None, 1) is None
    assert monitor.judge(book(), False, 1) == MISMATCH
    assert not monitor.settled
    assert monitor.judge(book(), True, 1) is None
    assert monitor.settled


def test_a_check_that_keeps_failing_is_broken_and_may_mend() -> None:
    monitor = ChecksumMonitor(CHECKSUM)
    faults = []
    for _ in range(BROKEN_AFTER):
        faults.append(monitor.judge(book(), False, 1))
        monitor.restart()  # Each mismatch has the book built anew, which must not clear the count.
    assert faults == [MISMATCH] * (BROKEN_AFTER - 1) + [None]
    assert monitor.broken
    assert f"{BROKEN_AFTER} failures in a row" in monitor.unverified
    for _ in range(MENDED_AFTER):
        assert monitor.broken
        assert monitor.judge(book(), True, 1) is None
    assert not monitor.broken
    assert not monitor.unverified
    assert monitor.judge(book(), False, 1) == MISMATCH
