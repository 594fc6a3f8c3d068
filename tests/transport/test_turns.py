"""Clients take turns on few threads."""

from __future__ import annotations

import threading

import pytest

from server.transport.turns import Turns


def check(held: bool) -> None:
    assert held


def test_a_client_with_much_work_does_not_delay_the_others() -> None:
    turns, order, gate, done = Turns(1, "test"), [], threading.Event(), threading.Event()
    turns.put("busy", lambda: check(gate.wait(10.0)))
    for number in range(100):
        turns.put("busy", lambda number=number: order.append(f"busy {number}"))  # type: ignore[misc]
    turns.put("small", lambda: order.append("small"))
    turns.put("last", done.set)
    gate.set()
    assert done.wait(10.0)
    assert order.index("small") <= 2
    assert order[:2] == ["busy 0", "small"] or order[:2] == ["small", "busy 0"]
    turns.close()


def test_the_work_of_one_client_keeps_its_order() -> None:
    turns, order, done = Turns(1, "test"), [], threading.Event()
    for number in range(50):
        turns.put("a", lambda number=number: order.append(number))  # type: ignore[misc]
    turns.put("a", done.set)
    assert done.wait(10.0)
    assert order == list(range(50))
    turns.close()


def test_a_failure_costs_nobody_else_anything(caplog: pytest.LogCaptureFixture) -> None:
    turns, done = Turns(1, "test"), threading.Event()

    def fails() -> None:
        raise ValueError("broken")

    turns.put("a", fails)
    turns.put("b", done.set)
    assert done.wait(10.0)
    assert "broken" in caplog.text
    turns.close()


def test_work_after_the_end_is_dropped() -> None:
    turns, ran = Turns(1, "test"), threading.Event()
    turns.close()
    turns.put("a", ran.set)
    assert not ran.wait(0.1)
