"""Every fault of the simulator on every venue: found, withdrawn before a wrong book is served, healed.

What a protocol cannot show (a lost change where nothing is numbered) is said here, and left to the audit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.model import Trade
from server.protocol.venue import TradeIds
from server.venues import VENUES
from simulator import Fault

from .rig import Rig, Seen

# Most of it is waiting; on a busy machine the exchanges' seconds are longer than ours.
pytestmark = pytest.mark.timeout(400)

USDT = tuple(name for name in VENUES if name not in ("deribit", "ftx", "gemini_v2"))
"""One simulator for all of these; the others list pairs in dollars, and gemini_v2 has no simulator of its own."""
DOLLARS = ("deribit", "ftx")
PAIRS, DOLLAR_PAIRS = ("BTC/USDT", "ETH/USDT"), ("BTC/USD", "ETH/USD")

# Nothing in their frames is numbered and nothing is checked: a lost change does not show before the next audit.
BLIND = frozenset({"bitstamp", "coinbase_exchange"})
PACE = 60
"""Steps of the market until every stream has shown its pace, from which a dead one is told."""
DURATIONS = {"silence": 20.0, "stall": 2.0, "calm": 9.0}
REPORT = os.environ.get("ONEBOOK_FAULT_REPORT", "")
"""A file for what was seen of every fault: `make faults` then runs all of them and prints the table. Else the most
telling ones run, as the whole list takes minutes."""


def some(kinds: list[str], telling: set[str]) -> list[str]:
    return kinds if REPORT else [kind for kind in kinds if kind in telling]


def numbered(trades: list[tuple[str, str, Trade]], venue: str, pair: str) -> list[int]:
    return [int(trade.trade_id) for name, market, trade in trades if (name, market) == (venue, pair)]


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


def suffer(
    rig: Rig, kind: str, patience: float = 45.0, quiet: float = 2.0, told: str = "", **keys: object
) -> dict[tuple[str, str], Seen]:
    seen = rig.suffer(Fault("*", kind, **keys), patience, quiet)  # type: ignore[arg-type]
    note(told or (kind if "mode" not in keys else f"{kind} {keys['mode']}"), seen)
    rig.simulator.clear_faults()
    return seen


def bad(
    seen: dict[tuple[str, str], Seen], but: frozenset[str] = frozenset(), lost: int = 1
) -> dict[tuple[str, str], Seen]:
    """Books that are wrong or gone for good, or were wrong for longer than it takes the frame behind `lost` lost ones
    to show the loss."""
    return {
        key: found
        for key, found in seen.items()
        if key[0] not in but
        and (found.wrong or found.longest > lost or (found.detected is not None and found.healed is None))
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["drop", "lose", "reorder"], {"lose"}))
def test_lost_and_swapped_frames(rig: Rig, kind: str) -> None:
    """On one pair: it is withdrawn or right, and the other pair of the same socket does not blink."""
    first, other = rig.pairs
    # Two, as the first may be of a stream beside the book's own.
    count = 2 if kind == "lose" else 1
    seen = suffer(rig, kind, pair=first, count=count)
    counted = {name for name in rig.venues if VENUES[name].COUNTED}
    # Numbered when they are sent, swapped frames have numbers in order there: no venue could do that.
    assert not bad(seen, but=BLIND | counted if kind == "reorder" else BLIND, lost=count)
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
@pytest.mark.parametrize("mode", some(["truncate", "garbage", "types", "negative", "digits"], {"types"}))
def test_spoiled_frames(rig: Rig, mode: str) -> None:
    assert not bad(suffer(rig, "corrupt", pair=rig.pairs[0], mode=mode, count=1))
    rig.settle()


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["disconnect", "cut", "restart", "notice"], {"cut", "notice"}))
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


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["silence", "stall", "calm"], {"silence"}))
def test_streams_that_say_nothing(rig: Rig, kind: str) -> None:
    """Dead streams are found within seconds; a market in which nothing happens comes back by itself."""
    for _ in range(PACE):
        rig.step()
    seen = suffer(rig, kind, pair=rig.pairs[0], duration=DURATIONS[kind], quiet=12.0, patience=60.0)
    assert not {key: found for key, found in seen.items() if found.wrong or (found.detected and not found.healed)}
    if kind == "silence":
        late = {venue: found.detected for (venue, pair), found in seen.items() if pair == rig.pairs[0]}
        assert all(at is not None and at < DURATIONS[kind] for at in late.values()), late
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
    assert not bad(seen, but=BLIND, lost=2)
    for venue in BLIND & set(rig.venues):
        assert rig.feeds[venue].resync(next(iter(rig.markets)))
    rig.settle()
