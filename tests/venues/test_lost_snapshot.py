"""A stream that begins with its book and loses that: no change passes for the book, marked by the venue or not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from server.venues import VENUES
from simulator import exchange as simulated
from simulator.venues import VENUES as EXCHANGES

from .in_process import InProcess
from .test_unreadable_frames import pair_of

pytestmark = pytest.mark.slow

LEVELS = 100
NAMES = [name for name in VENUES if name in EXCHANGES]


class Lossy(InProcess):
    """The whole books with which streams begin are lost, for as long as one wants."""

    lossy = True

    def answers(self, text: str) -> Iterable[str | simulated.Close]:
        for answer in super().answers(text):
            if not (self.lossy and isinstance(answer, str) and len(answer) > 2_000):
                yield answer


@pytest.mark.parametrize("name", NAMES)
def test_no_change_passes_for_the_book(name: str) -> None:
    pair = pair_of(name)
    wire = Lossy(name, [pair], levels=LEVELS)
    if not wire.syncs[pair].plan.in_band:
        pytest.skip("its books begin by REST")
    wire.connect()
    for _ in range(20):
        wire.step()
        if wire.renewals:
            wire.renewals.clear()
            wire.connect()
        assert not wire.live(pair) or wire.ours(pair, 10) == wire.truth(pair, 10)
    wire.lossy = False
    for _ in range(2_000):
        wire.step()
        if wire.live(pair):
            break
        if wire.renewals:
            wire.renewals.clear()
            wire.connect()
    assert wire.live(pair)
    assert wire.ours(pair, 10) == wire.truth(pair, 10)
