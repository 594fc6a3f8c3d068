"""What proves a book's frames is a property of rule, window and checksum together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orderbook_ext import ChecksumRule, FrameShape
from server.book.plan_proof import check_plan, shows_gaps
from server.model import Instrument, Pair
from server.protocol.sequence import CountedRule, LinkRule, PlainRule, ProvedRule, RangeRule, Verdict
from server.protocol.venue import BookPlan
from server.venues import VENUES
from server.venues.kraken import Kraken

ITEM = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.001"), "on", True)
PLAN = BookPlan(ITEM, "book", ProvedRule, window=25, checksum=ChecksumRule(levels=25))


@pytest.mark.parametrize("name", VENUES)
def test_every_plan_of_every_venue_reads_what_it_names(name: str) -> None:
    venue = VENUES[name]()
    for mode in venue.BOOK_MODES:
        plan = venue.book_plan(ITEM, mode, 100)
        check_plan(venue, plan)
        if plan.provisional is not None:
            check_plan(venue, plan.provisional)


def test_a_checksum_shows_gaps_where_it_covers_the_whole_window() -> None:
    assert shows_gaps(PLAN)
    assert not shows_gaps(replace(PLAN, window=100))
    assert not shows_gaps(replace(PLAN, window=0)), "all levels are more than any checksum is of"
    assert shows_gaps(replace(PLAN, rule=RangeRule, checksum=None))
    assert shows_gaps(replace(PLAN, rule=CountedRule, checksum=None))
    assert not shows_gaps(replace(PLAN, rule=PlainRule, checksum=None))


def test_a_number_that_the_rule_never_reads_is_refused() -> None:
    venue = Kraken()
    venue.DEPTH = FrameShape(bids=("b",), asks=("a",), last_id=("u",), previous_id=("pu",))  # type: ignore[misc]
    with pytest.raises(ValueError, match="previous_id, which RangeRule never reads"):
        check_plan(venue, replace(PLAN, rule=RangeRule))
    check_plan(venue, replace(PLAN, rule=LinkRule))
    with pytest.raises(ValueError, match="no checksum"):
        check_plan(Kraken(), replace(PLAN, checksum=None))


class Frame:
    first_id = previous_id = -1

    def __init__(self, last_id: int = -1, time: int = -1) -> None:
        self.last_id, self.time = last_id, time


@pytest.mark.parametrize("rule", [PlainRule, ProvedRule, CountedRule])
def test_what_the_venue_numbers_is_checked_whatever_else_proves_the_book(rule: type[PlainRule]) -> None:
    """An older frame behind a newer one would overwrite levels beyond the checksum."""
    made = rule()
    made.begin(Frame(10, 100))
    assert made.check(Frame(12, 120)) is Verdict.APPLY
    assert made.check(Frame(11, 120)) is Verdict.GAP
    assert made.check(Frame(-1, 119)) is Verdict.GAP, "a time may be all that tells"
    assert made.check(Frame(13, 120)) is Verdict.APPLY
    assert made.position == 13, "the venue's number, and not its time"
