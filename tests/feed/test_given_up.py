"""Pairs that a venue does not give are tried again, more and more seldom."""

from __future__ import annotations

import math

import pytest

from server.feed.given_up import GivenUp
from server.model import Pair

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_pair_has_trials_of_its_own() -> None:
    clock = Clock()
    made = GivenUp(10.0, 40.0, clock)
    assert made.wait == math.inf
    pauses = []
    for _ in range(6):
        pauses.append(made.add(BTC))
        assert BTC in made
        assert made.take_due() == []
        assert made.wait == pytest.approx(pauses[-1])
        clock.now += pauses[-1]
        assert made.take_due() == [BTC]
        assert BTC not in made
    assert 5.0 <= pauses[0] <= 10.0
    assert 20.0 <= pauses[-1] <= 40.0
    assert made.add(ETH) <= 10.0


def test_who_is_wanted_again_begins_anew() -> None:
    clock = Clock()
    made = GivenUp(10.0, 40.0, clock)
    for _ in range(6):
        made.add(BTC)
    made.add(ETH)
    made.forget(BTC)
    assert (BTC in made, ETH in made) == (False, True)
    assert made.add(BTC) <= 10.0
    made.forget()
    assert made.take_due() == []
    assert made.wait == math.inf
