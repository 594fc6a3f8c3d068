"""No order of frames, answers, ticks, resubscriptions and audits makes a book LIVE against any of its own proofs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.model import VenueState
from server.units import SECOND
from tests.book.family import FAMILIES, Family, FamilyRig
from tests.volume import examples

ACTS = (
    "step", "step", "lose", "repeat", "cross", "uncross", "answer", "late answer", "tick", "second", "wait", "cut",
    "rebuild", "distrust", "trust", "snapshot", "unreadable", "ticker",
)  # fmt: skip


class GateRig(FamilyRig):
    """Checks after everything that happens, and on every change that readers hear of."""

    def _check(self) -> None:
        sync = self.sync
        if not sync.live:
            return
        assert not sync.book.crossed(), "crossed"
        assert sync.entry.book is sync.book
        assert not sync.proved.distrusted, "distrusted by its peers"
        assert sync.proved.joined, "no book was begun"
        assert not sync.proved.stale, "silent for too long"

    def act(self, act: str) -> None:
        if act == "lose":
            self.exchange.step()
        elif act in ("cross", "uncross"):
            self.deliver(self.exchange.step(crossing=act == "cross"))
        elif act == "answer":
            self.answer()
        elif act == "late answer" and self.fetches:
            # The answer of another moment: a cache, or one that was long under way.
            body = self.exchange.rest()
            self.exchange.step()
            self.session.snapshot(self.fetches.pop(0), body, self.at)
        elif act in ("tick", "second", "wait"):
            self.tick({"tick": 0.3, "second": 1.2, "wait": 40.0}[act])
        elif act == "cut":
            self.session.closed(VenueState.DOWN, "cut")
            self.connect()
        elif act == "rebuild":
            self.session.resync(self.sync, "asked for", self.now)
        elif act in ("distrust", "trust"):
            self.sync.distrust("far from its peers" if act == "distrust" else "", self.now)
        elif act == "snapshot" and self.family.in_band:
            self.deliver(self.exchange.whole())
        elif act == "unreadable":
            self.sync.unreadable("a frame could not be read", self.now)
        elif act in ("step", "repeat"):
            frame = self.exchange.step()
            self.deliver(frame)
            if act == "repeat":
                self.deliver(frame)
        self._check()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@settings(max_examples=examples(40), deadline=None)
@given(acts=st.lists(st.sampled_from(ACTS), max_size=60), seed=st.integers(0, 1000))
def test_live_means_that_every_proof_holds(family: Family, acts: list[str], seed: int) -> None:
    rig = GateRig(family, seed)
    for act in acts:
        rig.act(act)
    # What withdrew it is over: it comes back by itself.
    rig.act("uncross")
    rig.act("trust")
    for _ in range(4):
        if not rig.sync.live:
            rig.calm()
    assert rig.sync.live
    assert rig.ours() == rig.truth()


def test_a_late_answer_does_not_make_a_crossed_book_live() -> None:
    """The book that the stream brings is crossed, and the venue's answer, asked for before, says the same."""
    rig = GateRig(next(family for family in FAMILIES if family.asks), 7)
    rig.calm()
    rig.act("rebuild")
    rig.deliver(rig.exchange.step(crossing=True))
    rig.tick(0.3)
    rig.deliver(rig.exchange.whole())
    assert rig.sync.book.crossed()
    for fetch in list(rig.fetches):
        rig.session.snapshot(fetch, rig.exchange.rest(), rig.at)
    assert not rig.sync.live


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_silent_book_that_its_peers_trust_again_is_not_live(family: Family) -> None:
    rig = GateRig(family, 3)
    rig.calm()
    rig.sync.distrust("far from its peers", rig.now)
    for _ in range(40):
        rig.now += SECOND
        rig.session.tick(rig.now)
    rig.sync.distrust("", rig.now)
    assert not rig.sync.live
