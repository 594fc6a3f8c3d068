"""What follows when a book is withdrawn."""

from __future__ import annotations

import pytest

from server.book.monitor import Fault
from server.model import VenueState
from server.units import SECOND
from tests.book.family import FAMILIES, Family, FamilyRig

FAULT = Fault(VenueState.SUSPECT, "because")


def live(family: Family) -> FamilyRig:
    rig = FamilyRig(family, 1)
    rig.calm()
    assert rig.sync.live
    return rig


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_fault_hides_the_book_and_counts(family: Family) -> None:
    rig = live(family)
    parts, before = rig.sync.parts, rig.sync.entry.resyncs
    parts.act_on(None, rig.now)
    assert rig.sync.live
    parts.act_on(FAULT, rig.now)
    assert (rig.sync.state, rig.sync.entry.detail) == FAULT
    assert rig.sync.entry.resyncs == before + 1
    assert rig.sync.book.counts() == (0, 0)
    assert not rig.sync.settled, "the fast lane must not take the next frame"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_withdrawn_book_asks_for_what_begins_it(family: Family) -> None:
    rig = live(family)
    rig.sync.parts.act_on(FAULT, rig.now)
    requests = rig.sync.take_requests(rig.now + 60 * SECOND)
    plan = rig.sync.plan
    assert requests.resubscribe is plan.in_band
    assert requests.snapshot is (plan.rest_snapshot is not None and not plan.in_band)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_hidden_book_asks_for_nothing(family: Family) -> None:
    rig = live(family)
    rig.sync.parts.confirmed = True
    rig.sync.parts.hide(VenueState.DOWN, "closed")
    assert rig.sync.state is VenueState.DOWN
    assert not rig.sync.parts.confirmed
    requests = rig.sync.take_requests(rig.now + 60 * SECOND)
    assert not any((requests.snapshot, requests.resubscribe, requests.audit))
