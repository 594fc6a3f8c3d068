"""A depth frame whose levels cannot be read is noticed at once, also where the frame itself carries the number that
would have shown its loss, and where no checksum reaches its levels."""

from __future__ import annotations

import pytest

from server.venues import VENUES
from simulator import exchange as simulated
from simulator.desk import sort_of
from simulator.tamper import spoil
from simulator.venues import VENUES as EXCHANGES

from .in_process import InProcess

LEVELS = 100
STEPS = 300
NAMES = [name for name in VENUES if name in EXCHANGES]


class Spoiled(InProcess):
    """One book frame of the pair in so many is spoiled."""

    spoiled = 0
    armed = False

    def frame(self, publication: simulated.Publication, text: str) -> str | bytes | None:
        if self.armed and sort_of(publication.kind) == "book":
            made = spoil(text, "types", self.exchange.row)
            if b'"x":null' in made:
                self.armed, self.spoiled = False, self.spoiled + 1
                return made
        return text


def pair_of(name: str) -> str:
    return "BTC/USD" if name in ("deribit", "ftx") else "BTC/USDT"


@pytest.mark.parametrize("name", NAMES)
def test_levels_that_cannot_be_read_are_noticed(name: str) -> None:
    pair = pair_of(name)
    wire = Spoiled(name, [pair], levels=LEVELS)
    whole = wire.syncs[pair].rule.whole_frames
    wire.connect()
    wire.step(60)
    assert wire.live(pair)
    for _ in range(STEPS):
        rebuilt, spoiled = wire.syncs[pair].entry.resyncs, wire.spoiled
        wire.armed = wire.live(pair)
        wire.step()
        if wire.spoiled > spoiled and not whole:
            hidden = not wire.live(pair) or wire.renewals or wire.syncs[pair].entry.resyncs > rebuilt
            assert hidden or wire.ours(pair, LEVELS) == wire.truth(pair, LEVELS)
        if wire.renewals:
            wire.renewals.clear()
            wire.connect()
            wire.step(20)
    assert wire.spoiled > 3
