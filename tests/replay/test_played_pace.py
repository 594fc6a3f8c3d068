"""Records are due as long after the first of their run as they were, divided by the speed."""

from __future__ import annotations

import time

import pytest

from recording import Kind, Record
from server.replay.played_pace import LONGEST_TURN, PlayedPace
from server.units import SECOND


class Rig:
    """A machine whose time passes only while the pace waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, speed: float) -> None:
        self.now = 100.0
        self.turns: list[float] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        self.pace = PlayedPace(speed, self.turn)

    def turn(self, wait: float) -> None:
        self.turns.append(wait)
        self.now += wait

    def wait_for(self, second: float, kind: Kind = Kind.RECEIVED) -> float:
        """Seconds that the pace has waited for a record of this second of the recording."""
        before = self.now
        self.pace.wait_for(Record(kind, 1, b"", 0, int(second * SECOND)), lambda: False)
        return self.now - before


def test_pauses_are_divided_by_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, 2.0)
    assert rig.wait_for(7.0) == 0, "the pace counts from here"
    assert rig.wait_for(8.0) == pytest.approx(0.5)
    assert max(rig.turns) == LONGEST_TURN, "what changed is published meanwhile"
    assert rig.wait_for(8.0) == 0


def test_time_that_was_lost_is_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, 1.0)
    rig.wait_for(1.0)
    rig.now += 5.0
    assert rig.wait_for(3.0) == 0
    assert rig.wait_for(7.0) == pytest.approx(1.0)


def test_a_run_counts_from_its_own_first_record(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, 1.0)
    rig.wait_for(1.0)
    assert rig.wait_for(500.0, Kind.RUN) == 0, "the pause between two runs is left out"
    assert rig.wait_for(600.0) == 0
    assert rig.wait_for(600.25) == pytest.approx(0.25)


def test_a_wait_ends_when_the_replay_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, 1.0)
    rig.wait_for(1.0)
    rig.pace.wait_for(Record(Kind.RECEIVED, 1, b"", 0, 100 * SECOND), lambda: len(rig.turns) == 3)
    assert len(rig.turns) == 3
