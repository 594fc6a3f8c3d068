"""FaultedConnection: books withdraw as they would live, return when the fault is over, and are then those recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from recording import Kind, Record
from server import clock
from server.clock import PlayedClock
from server.config import Config
from server.model import Pair, VenueState
from server.replay.faulted_connection import REASON
from server.replay.played_run import PlayedRun
from server.replay.player import Player
from server.replay.replay_fault import KINDS, parse_fault
from server.replay.stage import ReplayApp

from .test_player import LONGEST, numbered, states

SECOND = 1_000_000_000
PAIR = "S0/Q"
STREAMED = "bitstamp/multi10_20220104"
"""A capture whose books come whole, and which has several of them."""


@pytest.fixture(autouse=True)
def system_clock() -> Iterator[None]:
    yield
    clock.restore()


def recorded(capture: str, most: int = 2500) -> list[Record]:
    """A capture with the digests of its books."""
    expected, records = states(capture), []
    for line, record in numbered(capture, most):
        records.append(record)
        if line in expected and record.kind in (Kind.RECEIVED, Kind.ANSWER):
            records.append(Record(Kind.STATE, 0, expected[line], record.time, record.monotonic))
    return records


class Watched:
    """A replay with faults, and the states that the first book took."""

    def __init__(self, records: Sequence[Record], faults: Sequence[str], speed: float = 0.0) -> None:
        run = PlayedRun.of(records[0].body)
        played = PlayedClock()
        played.install()
        config = Config(pairs=tuple(map(Pair.parse, run.pairs)), venues=tuple(run.venues), port=0)
        self.app = ReplayApp(config, run, played, serves=False, faults=[parse_fault(text) for text in faults])
        self.venue = next(iter(run.venues))
        self.states: list[tuple[int, str]] = []
        entry = self.app.markets[Pair.parse(PAIR)].entries[self.venue]
        player = Player(self.app, played, self.app.errands, self.app.check, speed)

        def followed() -> Iterator[Record]:
            for record in records:
                yield record
                if not self.states or self.states[-1] != (entry.state, entry.detail):
                    self.states.append((entry.state, entry.detail))

        try:
            player.play(followed(), 0, lambda: False)
            self.live = entry.state == VenueState.LIVE
            self.gaps, self.resyncs = entry.gaps, entry.resyncs
        finally:
            self.app.stop()
        self.check = self.app.check

    @property
    def chains(self) -> dict[tuple[str, str], tuple[int, int]]:
        return {key: chain.read() for key, chain in self.check.chains.items()}

    @property
    def after_live(self) -> list[int]:
        """The states after the book was live first."""
        taken = [state for state, _ in self.states]
        return taken[taken.index(VenueState.LIVE) + 1 :]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return recorded(LONGEST)


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_ends_and_the_books_are_those_recorded(records: list[Record], kind: str) -> None:
    plain = Watched(records, [])
    found = Watched(records, [f"{kind}:*:at=4,for=2"])
    (hit,) = found.app.injected
    assert (hit.kind, hit.pair, hit.frame) == (kind, PAIR, 1)
    assert found.live
    assert found.check.different == 0, found.check.first
    assert plain.check.equal - found.check.equal == found.check.missed - plain.check.missed
    assert found.check.equal > 0.5 * plain.check.equal
    if kind in ("duplicate", "stall"):
        assert set(found.after_live) == set(plain.after_live), "the book was right all the time"
        assert found.check.equal >= plain.check.equal - 3
    else:
        assert found.after_live[-1] == VenueState.LIVE
        assert len(found.after_live) >= 2
        assert found.resyncs == plain.resyncs + 1
    if kind != "corrupt":  # After a frame that nobody could read the next snapshot may not reach the stream.
        assert found.gaps == plain.gaps + (kind in ("drop", "reorder"))
    assert (VenueState.DOWN in found.after_live) is (kind == "disconnect")
    assert ((VenueState.DOWN, REASON) in found.states) is (kind == "disconnect")


def test_identical_faults_give_identical_replays_at_every_speed(records: list[Record]) -> None:
    faults = ["drop:*:every=40,count=3", "disconnect:*:at=9"]
    length = (records[-1].time - records[0].time) / 1e9
    first, again = Watched(records, faults), Watched(records, faults)
    paced = Watched(records, faults, speed=length / 1.5)
    assert first.app.injected == again.app.injected == paced.app.injected
    assert len(first.app.injected) == 4
    assert first.chains == again.chains == paced.chains
    assert first.states == again.states == paced.states
    assert first.chains != Watched(records, []).chains


def test_several_faults_of_one_connection_each_end(records: list[Record]) -> None:
    found = Watched(records, ["drop:*:every=30,count=5"])
    assert len(found.app.injected) == 5
    assert found.app.faults_left == 0
    assert found.live
    assert found.check.different == 0
    assert found.gaps >= 2


def test_a_loss_that_a_venue_does_not_show_is_shown_by_the_digests_and_ends() -> None:
    records = recorded(STREAMED, 1500)
    plain = Watched(records, [])
    found = Watched(records, [f"drop:*:frame=20,pair={PAIR}"])
    assert [(each.pair, each.frame) for each in found.app.injected] == [(PAIR, 20)]
    assert {each.market for each in found.check.first} == {PAIR}
    (end,) = (each.time for each in found.app.injected)
    assert max(each.time for each in found.check.first) < end + 2 * SECOND, "then a spare connection has taken over"
    others = [key for key in plain.chains if key[0] != PAIR]
    assert others
    for key in others:
        assert abs(found.chains[key][1] - plain.chains[key][1]) <= 1, "but for the moment of the taking over"


def test_faults_that_never_hit_are_left(records: list[Record]) -> None:
    found = Watched(records, ["drop:*:frame=1000000"])
    assert (found.app.injected, found.app.faults_left) == ([], 1)
    assert found.chains == Watched(records, []).chains, "spare connections change nothing"
