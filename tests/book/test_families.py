"""The shared sync families against a model: a live book is the exchange's own at that number, or it is not live."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.book.family import FAMILIES, Family, FamilyRig
from tests.volume import examples

WIRE = st.lists(
    st.sampled_from(["step", "step", "step", "lose", "repeat", "swap", "answer", "tick", "wait", "cut"]), max_size=80
)


def play(rig: FamilyRig, wire: list[str]) -> None:
    for act in wire:
        if act == "answer":
            rig.answer()
        elif act == "tick":
            rig.tick(0.3)
        elif act == "wait":
            rig.tick(40.0)
        elif act == "cut":
            rig.session.closed(rig.sync.state, "cut")
            rig.connect()
        elif act == "lose":
            rig.exchange.step()
        elif act == "swap":
            rig.late.append(rig.exchange.step())
        else:
            frame = rig.exchange.step()
            rig.deliver(frame)
            if act == "repeat":
                rig.deliver(frame)
            while rig.late:
                rig.deliver(rig.late.pop())


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@settings(max_examples=examples(150), deadline=None)
@given(wire=WIRE, seed=st.integers(0, 1000))
def test_a_live_book_is_the_exchanges_own(family: Family, wire: list[str], seed: int) -> None:
    rig = FamilyRig(family, seed)
    play(rig, wire)
    rig.calm()
    assert rig.sync.live, f"{rig.sync.state.name}: {rig.sync.entry.detail}"
    assert rig.ours() == rig.truth()
    rig.sync.book.check()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_lost_frame_is_noticed_at_once(family: Family) -> None:
    rig = FamilyRig(family, 5)
    rig.calm()
    resyncs = rig.sync.entry.resyncs
    rig.exchange.step()
    rig.deliver(rig.exchange.step())
    assert rig.sync.entry.resyncs == resyncs + 1
    rig.calm()
    assert rig.sync.live


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.in_band], ids=lambda family: family.name)
def test_a_snapshot_that_got_lost_is_asked_for_again(family: Family) -> None:
    """Changes go on coming: that the stream speaks must not pass for a book that is on its way."""
    rig = FamilyRig(family, 5)
    rig.calm()
    whole, rig.exchange.whole = rig.exchange.whole, lambda: b'{"ok":"nothing"}'  # type: ignore[method-assign]
    rig.session.resync(rig.sync, "a test", rig.now)
    for _ in range(20):
        rig.deliver(rig.exchange.step())
        rig.tick(0.1)
    assert not rig.sync.live
    rig.exchange.whole = whole  # type: ignore[method-assign]
    rig.calm()
    assert rig.sync.live
