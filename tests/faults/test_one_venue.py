"""What `make venue-check VENUE=x` asks of one venue: every fault on frames of its books has struck, was found and
healed; its own books and checksums agree with ours. Without --venue the other tests of this folder say it of all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.book.plan_proof import shows_gaps
from server.model import Instrument, Pair
from server.protocol.venue import BookPlan
from server.venues import VENUES
from simulator import Fault
from simulator.faults import CORRUPTIONS
from simulator.instruments import Pair as SimulatedPair
from simulator.venues import VENUES as EXCHANGES
from tests.faults.rig import Rig, Seen
from tests.faults.test_every_venue import SLOW, bound
from tests.venue_option import chosen_venue

NAME = chosen_venue()
pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not NAME, reason="of one venue that is named with --venue"),
    pytest.mark.skipif(NAME not in EXCHANGES, reason="its protocol has no simulator of its own"),
]
AUDIT_EVERY = 2.0
AUDITED_WITHIN = 60.0
PATIENCE = 120.0
"""Seconds: waits grow where faults follow one another on one connection."""

# Every fault that can strike frames of books; those of one frame are followed at once, the others while they last.
FRAMES = [
    *(Fault("*", kind, count=1, frames="book") for kind in ("drop", "lose", "duplicate", "reorder")),
    *(Fault("*", "corrupt", mode=mode, count=1, frames="book") for mode in CORRUPTIONS),
    Fault("*", "checksum", count=1),
    Fault("*", "crossed", duration=0.5),
    Fault("*", "stall", duration=2.0, frames="book"),
    Fault("*", "calm", duration=5.0),
]
CONNECTIONS = [
    Fault("*", "oversize", count=1, frames="book"),
    *(Fault("*", kind) for kind in ("disconnect", "cut", "notice", "restart")),
]
"""These cost the whole connection."""


def called(fault: Fault) -> str:
    return f"{fault.kind} {fault.mode}" if fault.mode else fault.kind


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    wanted = [("BTC/USDT", "ETH/USDT"), ("BTC/USD", "ETH/USD")]
    lists = {pair: EXCHANGES[NAME]([SimulatedPair.parse(pair)], 10).instruments for pairs in wanted for pair in pairs}
    pairs = next(pairs for pairs in wanted if all(lists[pair] for pair in pairs))
    # What a venue has given up and recordings have: the plan says it, so it is looked at.
    summed = {"checksum": ""} if "checksum" in EXCHANGES[NAME]([], 10).options else {}
    with Rig((NAME,), pairs, audit=AUDIT_EVERY, options={NAME: summed}) as made:
        made.settle()
        yield made


def plan_of(rig: Rig) -> tuple[Instrument, BookPlan]:
    instrument = rig.feeds[NAME].listings[Pair.parse(rig.pairs[0])].instrument
    assert instrument is not None
    venue = VENUES[NAME]()
    return instrument, venue.book_plan(instrument, venue.BOOK_MODES[0], 200)


def cannot_strike(rig: Rig, fault: Fault) -> str:
    """Why the protocol has nothing that this fault could strike; empty if it has."""
    exchange = rig.simulator.hosts[NAME].exchange
    if fault.kind == "checksum" and exchange.checksum is None:
        return "frames have no checksum"
    return ""


def verdict(rig: Rig, seen: dict[tuple[str, str], Seen], fault: Fault) -> list[str]:
    """What is wrong with how the books took the fault."""
    found = [f"{called(fault)} struck nothing"] if rig.missed else []
    # While frames are held back the book is as old as the newest of them: that is no longer than the fault.
    allowed = bound(rig, NAME) + (rig.lasted if fault.duration else 0.0)
    for (_, pair), each in seen.items():
        if each.wrong:
            found.append(f"{pair}: {each.wrong}")
        elif each.wrong_for_longer(allowed):
            found.append(f"{pair}: wrong levels were live for {each.wrong_until:.1f} s")
        elif each.detected is not None and each.healed is None:
            found.append(f"{pair}: withdrawn and not live again: {sorted(each.states)}")
    return found


@pytest.mark.parametrize("fault", FRAMES, ids=called)
def test_a_fault_on_frames_of_a_book_is_found_and_healed(rig: Rig, fault: Fault) -> None:
    reason = cannot_strike(rig, fault)
    if reason:
        pytest.skip(reason)
    one = Fault(**{**vars(fault), "pair": rig.pairs[0]})
    seen = rig.suffer(one, patience=PATIENCE, quiet=SLOW + fault.lasts if fault.duration else SLOW)
    rig.simulator.clear_faults()
    assert not verdict(rig, seen, fault)
    blinked = seen[NAME, rig.pairs[1]].states
    assert VENUES[NAME].COUNTED or not blinked, f"the other pair of the socket was withdrawn: {sorted(blinked)}"
    rig.settle()


@pytest.mark.parametrize("fault", CONNECTIONS, ids=called)
def test_books_come_back_with_their_connection(rig: Rig, fault: Fault) -> None:
    seen = rig.suffer(fault, patience=PATIENCE)
    rig.simulator.clear_faults()
    if rig.missed and fault.kind in ("notice", "restart"):
        pytest.skip("the simulated exchange has no message for that")
    assert not verdict(rig, seen, fault)
    rig.settle()


def test_levels_that_the_venue_does_not_have_are_found(rig: Rig) -> None:
    """Nothing in the frames says so: the venue's own book does, its checksum, or prices that cross."""
    _, plan = plan_of(rig)
    if plan.audit is None and plan.rest_snapshot is None and plan.checksum is None:
        pytest.skip("the venue has neither a book to compare with nor checksums")
    pair = rig.pairs[0]
    entry = rig.markets[Pair.parse(pair)].entries[NAME]
    before, struck = entry.resyncs, rig.simulator.struck("ghost")[NAME]
    rig.simulator.inject(Fault("*", "ghost", pair=pair, duration=600.0, probability=0.7, distance=5.0))
    wait(rig, lambda: bool(entry.audit.ghost_levels) or entry.resyncs > before, "no extra level was found")
    rig.simulator.clear_faults()
    assert rig.simulator.struck("ghost")[NAME] > struck
    wait(rig, lambda: rig.right(NAME, pair) and entry.audit.ghost_levels <= 2, "the book did not become right again")
    rig.settle()


def wait(rig: Rig, reached: Callable[[], bool], otherwise: str) -> None:
    """Steps until it is so."""
    deadline = time.monotonic() + AUDITED_WITHIN
    while not reached():
        assert time.monotonic() < deadline, otherwise
        rig.step()


def test_the_venues_own_books_agree(rig: Rig) -> None:
    _, plan = plan_of(rig)
    if plan.audit is None and plan.rest_snapshot is None:
        pytest.skip("the venue has no book to compare with")
    entries = [market.entries[NAME] for market in rig.markets.values()]
    before = [entry.audit.audits for entry in entries]
    pairs = list(zip(entries, before, strict=True))
    wait(rig, lambda: all(entry.audit.audits >= count + 2 for entry, count in pairs), "no audit was made")
    for entry in entries:
        assert entry.audit.ghost_levels == entry.audit.missing_levels == 0, entry.audit


def test_checksums_were_verified(rig: Rig) -> None:
    _, plan = plan_of(rig)
    if plan.checksum is None:
        pytest.skip("the plan names no checksum")
    if rig.simulator.hosts[NAME].exchange.checksum is None:
        pytest.fail("the plan names a checksum, and the simulated exchange sends none")
    for pair, market in rig.markets.items():
        entry = market.entries[NAME]
        assert entry.checksums_verified > 0, f"{pair}: no checksum was compared"
        assert not entry.unverified, f"{pair}: {entry.detail}"


def test_what_the_stream_shows_of_a_loss_is_in_the_documents(rig: Rig) -> None:
    """A venue whose stream does not show every loss is named as such for those who use it."""
    _, plan = plan_of(rig)
    page = (Path(__file__).parents[2] / "docs" / "venues.md").read_text()
    row = next((line for line in page.splitlines() if line.startswith(f"| `{NAME}` |")), "")
    assert row, f"docs/venues.md has no row of {NAME}"
    blind = not (VENUES[NAME].COUNTED or shows_gaps(plan))
    shown = row.rstrip().rstrip("|").rpartition("|")[2].strip()
    assert bool(shown) == blind, f"docs/venues.md says that the protocol cannot show {shown or 'nothing'}"
