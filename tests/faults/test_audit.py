"""Ghost levels and lost changes far from the touch: nothing in the stream tells, the audit finds them."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from server.model import Instrument, Pair, VenueState
from server.venues import VENUES
from simulator import Fault

from .rig import Rig, simulated

# Most of it is waiting; on a busy machine the exchanges' seconds are longer than ours.
pytestmark = pytest.mark.timeout(400)

PAIRS = ("BTC/USDT", "ETH/USDT")
LEVELS = 1000
EVERY = 2.0
# Venues whose frames carry checksums notice what is near the touch at once: their audits see the rest.
# Basis points; KuCoin's answers are 100 levels a side and reach little farther. A checksum of 25 levels reaches as far.
FAR, BEHIND_CHECKSUMS = 5.0, 12.0


def audited(venue: str) -> bool:
    """Whether the venue has its book elsewhere than in the stream, and checksums do not prove all of it already."""
    tick, lot = Decimal("0.01"), Decimal("0.001")
    instrument = Instrument(Pair.parse(PAIRS[0]), "BTCUSDT", tick, lot, "TRADING", True)
    plan = VENUES[venue]().book_plan(instrument, VENUES[venue].BOOK_MODES[0], LEVELS)
    proved = plan.checksum is not None and 0 < plan.window <= plan.checksum.levels
    return not proved and (plan.audit is not None or plan.rest_snapshot is not None)


PATIENCE = 120.0
"""Seconds for all audited venues at once, on a machine that does something else beside."""
AUDITED = tuple(venue for venue in simulated(*PAIRS) if audited(venue))


def far(rig: Rig, venue: str) -> float:
    """How far from the touch nothing in the stream shows an extra level."""
    instrument = rig.feeds[venue].listings[Pair.parse(PAIRS[0])].instrument
    assert instrument is not None
    checksum = VENUES[venue]().book_plan(instrument, VENUES[venue].BOOK_MODES[0], LEVELS).checksum
    return BEHIND_CHECKSUMS if checksum is not None and checksum.levels > 10 else FAR


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ghosts_far_from_the_touch_are_found_and_the_book_is_rebuilt() -> None:
    with Rig(AUDITED, PAIRS, audit=EVERY, levels=LEVELS) as rig:
        rig.settle()
        pair = PAIRS[0]
        entries = {venue: rig.markets[Pair.parse(pair)].entries[venue] for venue in rig.venues}
        # They keep coming: the market itself deletes some, and a book that crosses one is rebuilt before its audit.
        for venue in rig.venues:
            fault = Fault(venue, "ghost", pair=pair, duration=600.0, probability=0.7, distance=far(rig, venue))
            rig.simulator.inject(fault)
        found: dict[str, int] = {}
        deadline = time.monotonic() + PATIENCE
        while len(found) < len(AUDITED) and time.monotonic() < deadline:
            rig.step()
            for venue, entry in entries.items():
                if entry.audit.ghost_levels:
                    found.setdefault(venue, entry.audit.ghost_levels)
        assert set(found) == set(AUDITED), sorted(set(AUDITED) - set(found))
        rig.simulator.clear_faults()
        healed: set[str] = set()
        deadline = time.monotonic() + PATIENCE
        while len(healed) < len(AUDITED) and time.monotonic() < deadline:
            rig.step()
            wrong = rig.wrong_books()
            healed = {
                venue
                for venue, entry in entries.items()
                if (venue, pair) not in wrong
                and rig.state(venue, pair) is VenueState.LIVE
                and entry.audit.audits
                and entry.audit.ghost_levels <= 2
            }
        assert healed == set(AUDITED), sorted(set(AUDITED) - healed)


@pytest.mark.slow
def test_a_healthy_book_passes_every_audit() -> None:
    with Rig(AUDITED, PAIRS, audit=EVERY, levels=LEVELS) as rig:
        rig.settle()
        deadline = time.monotonic() + PATIENCE
        entries = [entry for market in rig.markets.values() for entry in market.entries.values()]
        while any(entry.audit.audits < 2 for entry in entries) and time.monotonic() < deadline:
            rig.step()
        assert {entry.name: entry.audit.audits >= 2 for entry in entries} == dict.fromkeys(AUDITED, True)
        for entry in entries:
            assert entry.audit.bid_match == entry.audit.ask_match == 1_000_000, (entry.name, entry.audit)
            assert entry.audit.ghost_levels == entry.audit.missing_levels == entry.resyncs == 0, entry.name
