"""Every fault of the simulator on every venue: found, withdrawn before a wrong book is served, healed.

What a protocol cannot show (a lost change where nothing is numbered) is said here, and left to the audit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.book.auditor import AGAIN, BLIND_EVERY
from server.book.plan_proof import shows_gaps
from server.model import Pair, Trade
from server.protocol.venue import TradeIds
from server.venues import VENUES
from simulator import Fault

from .rig import Rig, Seen, simulated

# Most of it is waiting; on a busy machine the exchanges' seconds are longer than ours.
pytestmark = pytest.mark.timeout(400)

PAIRS, DOLLAR_PAIRS = ("BTC/USDT", "ETH/USDT"), ("BTC/USD", "ETH/USD")
USDT = tuple(name for name in simulated(*PAIRS) if VENUES[name].ENDPOINTS)
"""One simulator for all of these; the others list pairs in dollars, or are gone."""
DOLLARS = tuple(name for name in simulated(*DOLLAR_PAIRS) if name not in USDT)

SLOW = 3.0
"""Seconds within which the frame behind a lost one, or the next message of the connection, shows the loss."""
PACE = 60
"""Steps of the market until every stream has shown its pace, from which a dead one is told."""
DURATIONS = {"silence": 20.0, "stall": 2.0, "calm": 9.0}
REPORT = os.environ.get("ONEBOOK_FAULT_REPORT", "")
"""A file for what was seen of every fault: `make faults` then runs all of them and prints the table. Else the most
telling ones run, as the whole list takes minutes."""


def some(kinds: list[str], telling: set[str]) -> list[str]:
    return kinds if REPORT else [kind for kind in kinds if kind in telling]


def is_blind(rig: Rig, venue: str) -> bool:
    """Whether nothing in the venue's stream shows the loss of a frame: audits find what is wrong."""
    instrument = rig.feeds[venue].listings[Pair.parse(rig.pairs[0])].instrument
    assert instrument is not None
    offer = VENUES[venue]()
    plan = offer.book_plan(instrument, offer.BOOK_MODES[0], 200)
    return not (offer.COUNTED or shows_gaps(plan))


def bound(rig: Rig, venue: str) -> float:
    """Seconds after a single lost frame from which no wrong level is LIVE: the bound of docs/truth.md."""
    if not is_blind(rig, venue):
        return SLOW
    # An answer that is older than the loss confirms the wrong book until the next audit.
    return BLIND_EVERY + AGAIN / 1e9 + SLOW + rig.simulator.hosts[venue].exchange.rest_age * rig.stretch


def late(rig: Rig, seen: dict[tuple[str, str], Seen]) -> dict[tuple[str, str], Seen]:
    """Books that showed a wrong level for longer than their bound, or did not come back."""
    return {
        key: found
        for key, found in seen.items()
        if found.wrong
        or found.wrong_for_longer(bound(rig, key[0]))
        or (found.detected is not None and found.healed is None)
    }


def numbered(trades: list[tuple[str, str, Trade]], venue: str, pair: str) -> list[int]:
    return [int(trade.trade_id) for name, market, trade in trades if (name, market) == (venue, pair)]


@pytest.fixture(scope="module", params=["usdt", "usd"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    venues, pairs = (USDT, PAIRS) if request.param == "usdt" else (DOLLARS, DOLLAR_PAIRS)
    with Rig(venues, pairs) as made:
        made.settle()
        yield made


def note(kind: str, seen: dict[tuple[str, str], Seen], missed: frozenset[str]) -> None:
    """A row a venue for the table in the documentation."""
    if REPORT:
        with Path(REPORT).open("a", encoding="utf-8") as file:
            for (venue, pair), found in seen.items():
                row = [kind, venue, pair, sorted(found.states), found.detected, found.healed, found.wrong,
                       found.wrong_until, venue in missed]  # fmt: skip
                file.write(json.dumps(row) + "\n")


def suffer(
    rig: Rig, kind: str, patience: float = 45.0, quiet: float = 2.0, told: str = "", **keys: object
) -> dict[tuple[str, str], Seen]:
    seen = rig.suffer(Fault("*", kind, **keys), patience, quiet)  # type: ignore[arg-type]
    note(told or (kind if "mode" not in keys else f"{kind} {keys['mode']}"), seen, rig.missed)
    rig.simulator.clear_faults()
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["drop", "lose", "reorder"], {"drop"}))
def test_lost_and_swapped_frames(rig: Rig, kind: str) -> None:
    """A frame of one pair's book: no wrong level is LIVE for longer than the bound, whole books compared, and the other
    pair of the same socket does not blink."""
    first, other = rig.pairs
    seen = suffer(rig, kind, pair=first, count=1, frames="book", quiet=5.0)
    assert not rig.missed
    assert not late(rig, seen)
    counted = {name for name in rig.venues if VENUES[name].COUNTED}
    blinked = {venue: found.states for (venue, pair), found in seen.items() if pair == other and found.states}
    assert not blinked.keys() - counted, "a hole in a connection's count is nobody's and everybody's"
    rig.settle()


@pytest.mark.slow
def test_repeated_frames_cost_nothing(rig: Rig) -> None:
    seen = suffer(rig, "duplicate", pair=rig.pairs[0], count=5, frames="book")
    assert not rig.missed
    assert not late(rig, seen)
    assert not {venue: found.states for (venue, _), found in seen.items() if found.states}


@pytest.mark.slow
@pytest.mark.parametrize("mode", some(["truncate", "garbage", "types", "negative", "digits"], {"truncate", "types"}))
@pytest.mark.parametrize("frames", some(["book", "trade", "ticker"], {"book", "trade"}))
def test_spoiled_frames(rig: Rig, mode: str, frames: str) -> None:
    """Of every sort: noticed at once, or in the next frame of the book."""
    seen = suffer(
        rig, "corrupt", told=f"corrupt {mode} ({frames})", pair=rig.pairs[0], mode=mode, count=1, frames=frames
    )
    assert not rig.missed - without(rig, frames)
    late_books = {key: found for key, found in seen.items() if found.wrong_for_longer(SLOW) or found.wrong}
    assert not late_books
    rig.settle()


def without(rig: Rig, frames: str) -> set[str]:
    """Venues that have no such frames among those that we read."""
    if frames != "ticker":
        return set()
    instruments = {name: rig.feeds[name].listings[Pair.parse(rig.pairs[0])].instrument for name in rig.venues}
    return {name for name, item in instruments.items() if item is None or not VENUES[name]().ticker_stream(item)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["disconnect", "cut", "restart", "notice"], {"cut", "notice"}))
def test_connections_and_services_that_end(rig: Rig, kind: str) -> None:
    seen = suffer(rig, kind)
    assert not late(rig, seen)
    if kind in ("disconnect", "cut"):
        assert not rig.missed
    rig.settle()


@pytest.mark.slow
def test_crossed_books_are_never_shown_for_long(rig: Rig) -> None:
    seen = suffer(rig, "crossed", pair=rig.pairs[0], duration=0.5)
    assert not rig.missed
    assert not late(rig, seen)
    rig.settle()


@pytest.mark.slow
def test_wrong_checksums_do_not_end_in_a_loop(rig: Rig) -> None:
    """Once is a doubt; again and again with everything in order is the venue's own trouble: unverified, and served."""
    seen = suffer(rig, "checksum", count=1, pair=rig.pairs[0])
    assert not late(rig, seen)
    rig.settle()
    checked = [
        venue
        for venue in rig.venues
        if any(market.entries[venue].checksums_verified for market in rig.markets.values())
    ]
    assert not set(checked) & rig.missed
    seen = suffer(rig, "checksum", duration=3.0, pair=rig.pairs[0], patience=60.0)
    market = next(iter(rig.markets.values()))
    assert [venue for venue in checked if market.entries[venue].checksum_failures] == checked
    assert not {key: found.wrong for key, found in seen.items() if found.wrong}
    rig.settle()


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["silence", "stall", "calm"], {"silence"}))
def test_streams_that_say_nothing(rig: Rig, kind: str) -> None:
    """Dead streams are found within seconds; a market in which nothing happens comes back by itself."""
    for _ in range(PACE):
        rig.step()
    seen = suffer(rig, kind, pair=rig.pairs[0], duration=DURATIONS[kind], quiet=12.0, patience=60.0)
    assert not rig.missed
    assert not {key: found for key, found in seen.items() if found.wrong or (found.detected and not found.healed)}
    if kind == "silence":
        found_at = {venue: found.detected for (venue, pair), found in seen.items() if pair == rig.pairs[0]}
        assert all(at is not None and at < max(DURATIONS[kind], rig.lasted) for at in found_at.values()), found_at
    rig.settle(120.0)


@pytest.mark.slow
def test_lost_trades_are_fetched_or_told(rig: Rig) -> None:
    """Where ids rise by one: every number was passed on once, in order, or lies in a hole that was told."""
    rig.settle()
    before = len(rig.trades)
    suffer(rig, "trade_gap", count=2, quiet=6.0)
    for _ in range(30):
        rig.step()
    for venue in rig.venues:
        if VENUES[venue].TRADE_IDS is not TradeIds.CONSECUTIVE:
            continue
        for pair in rig.pairs:
            ids = numbered(rig.trades[before:], venue, pair)
            assert ids == sorted(set(ids)), (venue, pair)
            missing = set(range(ids[0], ids[-1] + 1)) - set(ids)
            told = {
                number
                for name, gap in rig.gaps
                if name == venue
                for number in range(int(gap.after_id) + 1, int(gap.before_id))
            }
            assert missing <= told, (venue, pair, sorted(missing - told))


@pytest.mark.slow
@pytest.mark.parametrize("fault", some(["429", "503", "garbage", "slow", "stale"], {"429"}))
def test_rest_services_in_trouble(rig: Rig, fault: str) -> None:
    """While a book has to be rebuilt: the venue's order to wait is obeyed, and the book comes back afterwards."""
    troubles = {
        "429": Fault("*", "http", status=429, retry_after=2, duration=1.0),
        "503": Fault("*", "http", status=503, duration=1.0, on="rest"),
        "garbage": Fault("*", "rest_garbage", mode="html", duration=1.0),
        "slow": Fault("*", "slow_rest", delay=1.0, duration=2.0),
        "stale": Fault("*", "stale", duration=2.0),
    }
    rig.simulator.inject(troubles[fault])
    # A connection whose messages are counted is opened anew for every hole: after several in a row the pauses are long.
    seen = suffer(rig, "lose", 90.0, told=f"rest {fault} while rebuilding", pair=rig.pairs[0], count=2)
    assert not rig.missed
    assert not {key: found for key, found in late(rig, seen).items() if not is_blind(rig, key[0])}
    rig.settle()
