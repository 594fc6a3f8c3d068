"""Pauses grow, are capped, jittered, and never shorter than the server asks for."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from client import Backoff


@given(st.integers(1, 10_000), st.integers())
def test_pause_is_within_half_and_all_of_the_step(attempt: int, seed: int) -> None:
    policy = Backoff(first=0.25, longest=10)
    step = min(10, 0.25 * 2 ** min(attempt - 1, 64))
    assert step / 2 <= policy.delay(attempt, rng=random.Random(seed)) <= step


@given(st.integers(1, 100), st.floats(0, 1000))
def test_the_server_is_heard(attempt: int, wish: float) -> None:
    assert wish <= Backoff().delay(attempt, wish) <= wish + 5


def test_clients_do_not_return_as_a_herd() -> None:
    rng = random.Random(1)
    assert len({Backoff().delay(3, rng=rng) for _ in range(100)}) == 100
