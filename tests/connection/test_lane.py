"""Whether a frame takes the fast lane or the way through the state machine shows in nothing but a counter."""

from __future__ import annotations

import os
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.book.synchronizer import BookSynchronizer
from server.model import VenueState
from tests.book.family import FAMILIES, Family
from tests.book.test_live_gate import ACTS, GateRig
from tests.connection.lane_trace import Seen, capture_lines, session_lines, without_chance, without_lane
from tests.golden.test_books import CAPTURES
from tests.volume import examples

RECORDS = examples(1000) if os.environ.get("ONEBOOK_PURE") == "1" else examples(3000, 600)
UNTAKEN = {"bybit/v5_ob1_20250614"}
"""Every frame is a snapshot."""


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.slow
def test_recorded_sessions_are_the_same_without_the_lane(capture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without_chance(monkeypatch.setattr)
    fast = list(capture_lines(capture, RECORDS))
    without_lane(monkeypatch.setattr)
    slow = list(capture_lines(capture, RECORDS))
    for number, (one, other) in enumerate(zip_longest(fast[:-1], slow[:-1])):
        assert one == other, number
    assert slow[-1] == ("taken", 0)
    assert (fast[-1] == ("taken", 0)) == (capture in UNTAKEN)


MORE = ("step",) * 6


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@settings(max_examples=examples(30), deadline=None)
@given(acts=st.lists(st.sampled_from(ACTS + MORE), max_size=80), seed=st.integers(0, 1000))
def test_no_order_of_events_shows_which_way_frames_took(family: Family, acts: list[str], seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        without_chance(patch.setattr)
        fast = traced(family, acts, seed)
        without_lane(patch.setattr)
        slow = traced(family, acts, seed)
    for act, one, other in zip([*acts, "calm"], fast, slow, strict=True):
        assert one == other, act


def traced(family: Family, acts: list[str], seed: int) -> list[list[Seen]]:
    """What is seen after each of these acts, and after a calm while."""
    rig, lines = GateRig(family, seed), []
    seen: list[Any] = []
    do = rig.do
    rig.do = lambda effects: seen.extend(effects) or do(effects)  # type: ignore[method-assign, func-returns-value]
    for number, act in enumerate([*acts, "calm"]):
        if act == "calm":
            rig.calm()
        else:
            rig.act(act)
        lines.append(list(session_lines(rig.session, seen, number)))
        seen.clear()
    return lines


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_calm_stream_takes_the_lane(family: Family) -> None:
    """Ticks do not keep frames from it."""
    rig = GateRig(family, 3)
    rig.calm()
    before = rig.session.lane.taken
    frames = 0
    for _ in range(20):
        rig.deliver(rig.exchange.step())
        rig.tick(0.25)
        frames += 1
    # Audits and refreshes that come in between are decided about frame by frame.
    assert rig.session.lane.taken - before >= frames // 2
    assert rig.sync.live


ENDS: dict[str, Any] = {
    "the owner wants it anew": lambda rig: rig.session.resync(rig.sync, "asked for", rig.now),
    "the connection is gone": lambda rig: rig.session.closed(VenueState.DOWN, "cut"),
    "its peers doubt it": lambda rig: rig.sync.distrust("far away", rig.now),
    "a frame was lost": lambda rig: rig.deliver(rig.exchange.step() and rig.exchange.step()),
    "a frame could not be read": lambda rig: rig.sync.unreadable("unreadable", rig.now),
    "the entry was given up": lambda rig: rig.sync.release(),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_happens_to_a_book_takes_it_out_of_the_lane(end: Any) -> None:
    rig = GateRig(FAMILIES[0], 3)
    rig.calm()
    rig.deliver(rig.exchange.step())
    lane = rig.sync.lane
    assert lane is not None
    assert lane.armed
    end(rig)
    assert not lane.armed


def test_a_defect_of_ours_in_the_lane_costs_the_book_it_met(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = GateRig(FAMILIES[0], 3)
    rig.calm()
    rig.deliver(rig.exchange.step())

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(BookSynchronizer, "prove", fail)
    effects = list(rig.session.receive(rig.exchange.step(crossing=True), rig.at))
    rig.do(effects)
    assert isinstance(effects[0].error, ZeroDivisionError)  # type: ignore[union-attr]
    assert rig.sync.state is VenueState.SUSPECT
    rig.exchange.step(crossing=False)
    monkeypatch.undo()
    rig.calm()
    assert rig.sync.live
