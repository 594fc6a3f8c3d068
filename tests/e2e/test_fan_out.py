"""1, 12 and 200 streams at once: every state in order, the same bytes for all, and the newest state for everybody."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from server.transport import native
from server.transport.grpc import push_stream as push
from tests.transport.servers import NATIVE
from tests.waiting import eventually

from .processes import Process, Server, Simulator, Yard

PUSH = [pytest.mark.skipif(not push.AVAILABLE, reason="this grpcio lacks the private names")]
BUILT = [pytest.mark.skipif(not native.AVAILABLE, reason="the engine was not built here")]
CROWDS = [
    pytest.param("book:1", 1, id="1 book"),
    pytest.param("summary:1", 1, id="1 summary"),
    pytest.param("book:6,summary:6", 3, id="12"),
    pytest.param("book:100,summary:100", 20, id="200"),
]


class Crowd:
    """A subscriber process."""

    def __init__(self, yard: Yard, server: Server, spec: str, channels: int) -> None:
        command = ["-m", "tests.e2e.subscriber", str(server.port), str(channels), spec]
        self.process: Process = yard.process(*command, name="crowd")
        self.size = sum(int(part.partition(":")[2]) for part in spec.split(","))
        self._answers = 0

    def ask(self, command: str) -> Any:
        self.process.say(command)
        self._answers += 1
        said = self.process.wait_for(self._answered, f"answer to {command!r}")
        return json.loads(said[self._answers - 1])

    def _answered(self) -> list[str]:
        lines = self.process.output().split("\n")[:-1]
        return lines if len(lines) >= self._answers else []

    def reach(self, simulator: Simulator, *venues: str) -> None:
        """Waits until every stream has the venue's newest state."""
        for venue in venues:
            self.ask(f"reach {venue} {simulator.truth(venue, 'BTC/USDT', 1).sequence}")

    def report(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("report")
        assert len(found) == self.size
        return found


def in_order_and_equal(report: list[dict[str, Any]]) -> None:
    """Sequences rise within one epoch, and a sequence of a topic is the same message for everybody."""
    known: dict[tuple[str, int], str] = {}
    for stream in report:
        assert stream["seen"]
        assert not stream["end"]
        assert len({epoch for epoch, _, _ in stream["seen"]}) == 1
        sequences = [sequence for _, sequence, _ in stream["seen"]]
        assert all(before < after for before, after in pairwise(sequences))
        for _, sequence, digest in stream["seen"]:
            assert known.setdefault((stream["kind"], sequence), digest) == digest
    assert len({epoch for stream in report for epoch, _, _ in stream["seen"]}) == 1


def started(yard: Yard, simulator: Simulator, transport: str, *flags: str) -> Server:
    return yard.serve(simulator, *flags, transport=transport)


def live(simulator: Simulator, server: Server, venues: int) -> None:
    """Moves a manual market until all of its venues are shown."""

    def look() -> bool:
        simulator.step()
        return len(server.said("is live")) >= venues

    eventually(look, "every venue live")


BOTH = [
    pytest.param(transport, *crowd.values, id=f"{crowd.id}-{transport}", marks=marks)
    for transport, marks in (("push", PUSH), ("generator", []), *((each, BUILT) for each in NATIVE))
    for crowd in (CROWDS if transport == "push" else CROWDS[2:])
]


@pytest.mark.parametrize(("transport", "spec", "channels"), BOTH)
def test_slow_market(yard: Yard, transport: str, spec: str, channels: int) -> None:
    """One venue, one change after another: nobody misses one."""
    simulator = yard.simulator("--manual", "--venues", "binance")
    server = started(yard, simulator, transport, "--venues", "binance")
    live(simulator, server, 1)
    crowd = Crowd(yard, server, spec, channels)
    crowd.reach(simulator, "binance")
    for _ in range(15):
        simulator.step()
        crowd.reach(simulator, "binance")
    report = crowd.report()
    in_order_and_equal(report)
    for stream in report:
        sequences = [sequence for _, sequence, _ in stream["seen"]]
        assert len(sequences) >= 16
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences))), "a state was skipped"


@pytest.mark.parametrize(("transport", "spec", "channels"), BOTH)
def test_fast_market(yard: Yard, transport: str, spec: str, channels: int) -> None:
    """Three venues stepped as fast as they can: states are conflated, never reordered, and the newest arrives."""
    venues = ("binance", "binance_us", "bitstamp")
    simulator = yard.simulator("--manual")
    server = started(yard, simulator, transport)
    live(simulator, server, 3)
    crowd = Crowd(yard, server, spec, channels)
    crowd.reach(simulator, *venues)
    for _ in range(5):
        simulator.step(60)
        crowd.reach(simulator, *venues)
    in_order_and_equal(crowd.report())
