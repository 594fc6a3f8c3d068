"""Calls whose request has not come: a number per connection, and in all at the cost of the connection with most."""

from __future__ import annotations

import pytest

from server.transport.grpc.half_open import HalfOpen, TooManyError


def test_a_connection_has_a_limit() -> None:
    calls: HalfOpen[int] = HalfOpen(100, 3)
    for number in range(3):
        assert calls.add("a", number) is None
    with pytest.raises(TooManyError):
        calls.add("a", 3)
    calls.remove("a", 0)
    calls.remove("a", 0)
    assert calls.add("a", 3) is None
    assert len(calls) == 3


def test_in_all_the_connection_with_most_loses_its_oldest() -> None:
    calls: HalfOpen[str] = HalfOpen(5, 4)
    for number in range(4):
        calls.add("greedy", f"greedy {number}")
    calls.add("b", "b")
    assert calls.add("c", "c") == "greedy 0"
    assert len(calls) == 5


def test_nobody_loses_a_call_to_a_connection_that_has_as_many() -> None:
    calls: HalfOpen[str] = HalfOpen(4, 4)
    for name in ("a", "b"):
        for number in range(2):
            calls.add(name, f"{name} {number}")
    with pytest.raises(TooManyError):
        calls.add("a", "one more")
    assert calls.add("c", "first") == "a 0"
