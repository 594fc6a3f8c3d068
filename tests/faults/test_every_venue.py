"""Every fault of the simulator on every venue: found, withdrawn before a wrong book is served, healed.

What a protocol cannot show (a lost change where nothing is numbered) is said here, and left to the audit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.venues import VENUES
from simulator import Fault

from .rig import Rig, Seen

USDT = tuple(name for name in VENUES if name not in ("deribit", "ftx", "gemini_v2"))
"""One simulator for all of these; the others list pairs in dollars, and gemini_v2 has no simulator of its own."""
DOLLARS = ("deribit", "ftx")
PAIRS, DOLLAR_PAIRS = ("BTC/USDT", "ETH/USDT"), ("BTC/USD", "ETH/USD")

# Nothing in their frames is numbered and nothing is checked: a lost change does not show before the next audit.
BLIND = frozenset({"bitstamp", "coinbase_exchange"})
REPORT = os.environ.get("ONEBOOK_FAULT_REPORT", "")


@pytest.fixture(scope="module", params=["usdt", "usd"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    venues, pairs = (USDT, PAIRS) if request.param == "usdt" else (DOLLARS, DOLLAR_PAIRS)
    with Rig(venues, pairs) as made:
        made.settle()
        yield made


def note(kind: str, seen: dict[tuple[str, str], Seen]) -> None:
    """A row a venue for the table in the documentation."""
    if REPORT:
        with Path(REPORT).open("a", encoding="utf-8") as file:
            for (venue, pair), found in seen.items():
                row = [kind, venue, pair, sorted(found.states), found.detected, found.healed, found.wrong]
                file.write(json.dumps(row) + "\n")


def suffer(rig: Rig, kind: str, patience: float = 45.0, **keys: object) -> dict[tuple[str, str], Seen]:
    seen = rig.suffer(Fault("*", kind, **keys), patience)  # type: ignore[arg-type]
    note(kind if "mode" not in keys else f"{kind} {keys['mode']}", seen)
    rig.simulator.clear_faults()
    return seen


def bad(seen: dict[tuple[str, str], Seen], but: frozenset[str] = frozenset()) -> dict[tuple[str, str], Seen]:
    return {
        key: found
        for key, found in seen.items()
        if key[0] not in but and (found.wrong or (found.detected is not None and found.healed is None))
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drop", "lose", "reorder"])
def test_lost_and_swapped_frames(rig: Rig, kind: str) -> None:
    """On one pair: it is withdrawn or right, and the other pair of the same socket does not blink."""
    first, other = rig.pairs
    seen = suffer(rig, kind, pair=first, count=1)
    assert not bad(seen, but=BLIND)
    counted = {name for name in rig.venues if VENUES[name].COUNTED}
    blinked = {venue: found.states for (venue, pair), found in seen.items() if pair == other and found.states}
    assert not blinked.keys() - counted, "a hole in a connection's count is nobody's and everybody's"
    rig.simulator.clear_faults()
    for venue in BLIND & set(rig.venues):
        assert rig.feeds[venue].resync(next(iter(rig.markets)))
    rig.settle()


@pytest.mark.slow
def test_repeated_frames_cost_nothing(rig: Rig) -> None:
    seen = suffer(rig, "duplicate", pair=rig.pairs[0], count=5)
    assert not bad(seen)
    assert not {venue: found.states for (venue, _), found in seen.items() if found.states}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["truncate", "garbage", "types", "negative", "digits"])
def test_spoiled_frames(rig: Rig, mode: str) -> None:
    assert not bad(suffer(rig, "corrupt", pair=rig.pairs[0], mode=mode, count=1))
    rig.settle()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["disconnect", "cut", "restart", "notice"])
def test_connections_and_services_that_end(rig: Rig, kind: str) -> None:
    assert not bad(suffer(rig, kind))
    rig.settle()


@pytest.mark.slow
def test_crossed_books_are_never_shown_for_long(rig: Rig) -> None:
    seen = suffer(rig, "crossed", pair=rig.pairs[0], duration=0.5)
    assert not bad(seen)
    rig.settle()


@pytest.mark.slow
def test_wrong_checksums_do_not_end_in_a_loop(rig: Rig) -> None:
    """Once is a doubt; again and again with everything in order is the venue's own trouble: unverified, and served."""
    seen = suffer(rig, "checksum", count=1, pair=rig.pairs[0])
    assert not bad(seen)
    rig.settle()
    checked = [
        venue
        for venue in rig.venues
        if any(market.entries[venue].checksums_verified for market in rig.markets.values())
    ]
    seen = suffer(rig, "checksum", duration=3.0, pair=rig.pairs[0], patience=60.0)
    market = next(iter(rig.markets.values()))
    assert [venue for venue in checked if market.entries[venue].checksum_failures] == checked
    assert not {key: found.wrong for key, found in seen.items() if found.wrong}
    rig.settle()
