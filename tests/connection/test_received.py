"""Counts are added field by field."""

from __future__ import annotations

from server.connection.received import Received


def test_a_sum_of_counts() -> None:
    assert sum([Received(1, 10), Received(2, 20)], Received(0, 5)) == Received(3, 35)
