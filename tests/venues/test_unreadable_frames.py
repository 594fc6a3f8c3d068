"""A depth frame whose levels cannot be read is noticed at once, also where the frame itself carries the number that
would have shown its loss, and where no checksum reaches its levels."""

from __future__ import annotations

import pytest

from server.venues import VENUES
from simulator import exchange as simulated
from simulator.fault_injector import spoil
from simulator.fault_schedule import sort_of
from simulator.venues import VENUES as EXCHANGES

from .in_process import InProcess

LEVELS = 100
# Steps within which every stream has its next frame.
NEXT = 20
NAMES = [name for name in VENUES if name in EXCHANGES]


class Spoiled(InProcess):
    """One book frame of the pair in so many is spoiled."""

    mode = "types"
    spoiled = 0
    armed = False

    def frame(self, publication: simulated.Publication, text: str) -> str | bytes | None:
        if self.armed and sort_of(publication.kind) == "book":
            made = spoil(text, self.mode, self.exchange.row)
            if self.exchange.row.search(text) is not None:
                self.armed, self.spoiled = False, self.spoiled + 1
                return made
        return text


def pair_of(name: str) -> str:
    return "BTC/USD" if name in ("deribit", "ftx") else "BTC/USDT"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("mode", "within", "times"), [("types", 1, 12), ("digits", 1, 4), ("truncate", NEXT, 3), ("garbage", NEXT, 3)]
)
@pytest.mark.slow
def test_levels_that_cannot_be_read_are_noticed(name: str, mode: str, within: int, times: int) -> None:
    """What is no JSON is noticed at once, or where numbers show the loss with the next frame of the book."""
    pair = pair_of(name)
    wire = Spoiled(name, [pair], levels=LEVELS)
    wire.mode = mode
    if wire.syncs[pair].proved.rule.whole_frames:
        pytest.skip("the next frame makes the book good")
    wire.connect()
    wire.step(60)
    assert wire.live(pair)
    for _ in range(times):
        rebuilt, spoiled = wire.syncs[pair].entry.resyncs, wire.spoiled
        while wire.spoiled == spoiled:
            wire.armed = wire.live(pair)
            wire.step()
        for _ in range(within - 1):
            wire.step()
            if hidden(wire, pair, rebuilt):
                break
        assert hidden(wire, pair, rebuilt) or wire.ours(pair, LEVELS) == wire.truth(pair, LEVELS)
        while not wire.live(pair) or wire.renewals:
            if wire.renewals:
                wire.renewals.clear()
                wire.connect()
            wire.step()


def hidden(wire: Spoiled, pair: str, rebuilt: int) -> bool:
    """Whether the book was withdrawn, though it may be back already."""
    return not wire.live(pair) or bool(wire.renewals) or wire.syncs[pair].entry.resyncs > rebuilt
