"""When frames need nobody's decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.book.monitor import Fault
from server.model import VenueState
from server.units import SECOND
from tests.book.family import FAMILIES, FamilyRig
from tests.book.test_lag_monitor import OLD

RANGES = next(family for family in FAMILIES if not family.in_band and not family.checksums and not family.counted)


def begin_audit(rig: FamilyRig) -> None:
    rig.sync.parts.maintenance.auditor.begin(rig.sync.book)
    rig.sync.parts.maintenance.refreshing = True


REASONS: dict[str, Callable[[FamilyRig], object]] = {
    "a snapshot is wanted": lambda rig: rig.sync.parts.snapshots.timer.ask(rig.now),
    "a new book is made beside": begin_audit,
    "a subscription is wanted": lambda rig: setattr(rig.sync.parts.recovery, "resubscribe_at", rig.now),
    "the pair is in question": lambda rig: rig.sync.parts.recovery.subscription_refused("no", 99),
    "old frames arrive": lambda rig: rig.sync.parts.monitors.lag.judge(rig.sync.book, OLD, rig.now),
    "a checksum failed": lambda rig: rig.sync.parts.monitors.checksum.judge(rig.sync.book, False, rig.now),
    "others distrust the book": lambda rig: rig.sync.proved.distrust("far from others", rig.now),
    "the book is silent": lambda rig: rig.sync.proved.doubt("no update for 10 s"),
    "the book was withdrawn": lambda rig: rig.sync.parts.act_on(Fault(VenueState.GAP, "gap"), rig.now),
    "something is to be logged": lambda rig: setattr(rig.sync.proved, "complaint", "wrong"),
}
"""Whatever a part of the book may wait for."""


def settled() -> FamilyRig:
    rig = FamilyRig(RANGES, 1)
    rig.calm()
    rig.sync.parts.lane.disarm()
    rig.sync.settle()
    assert rig.sync.settled
    return rig


@pytest.mark.parametrize("reason", REASONS)
def test_the_lane_stays_closed_while_anything_goes_on(reason: str) -> None:
    rig = settled()
    rig.sync.parts.lane.disarm()
    REASONS[reason](rig)
    rig.sync.settle()
    assert not rig.sync.settled


CALLS: dict[str, Callable[[FamilyRig], object]] = {
    "tick": lambda rig: rig.sync.tick(rig.now),
    "distrust": lambda rig: rig.sync.distrust("", rig.now),
    "unreadable": lambda rig: rig.sync.unreadable("odd", rig.now),
    "snapshot_failed": lambda rig: rig.sync.snapshot_failed("no", rig.now),
    "opened": lambda rig: rig.sync.opened(rig.now),
    "closed": lambda rig: rig.sync.closed(VenueState.DOWN, "cut"),
    "rebuild": lambda rig: rig.sync.rebuild(VenueState.GAP, "gap", rig.now),
    "checked": lambda rig: rig.sync.checked(None, rig.now),
    "release": lambda rig: rig.sync.release(),
}
"""Whatever others do with a book."""


@pytest.mark.parametrize("call", CALLS)
def test_whoever_does_something_with_the_book_closes_the_lane(call: str) -> None:
    rig = settled()
    rig.now += SECOND
    CALLS[call](rig)
    assert not rig.sync.settled
