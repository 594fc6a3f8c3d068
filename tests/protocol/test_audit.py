"""A live book against the venue's own: what is equal, what is a ghost, what is missing."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import BookLock, OrderBook, VenueEntry
from server.protocol.audit import MILLION, Picture, compare
from server.protocol.auditor import Auditor


def book(bids: dict[int, int], asks: dict[int, int], whole: bool = True) -> OrderBook:
    made = OrderBook(0, 0)
    made.load(list(bids.items()), list(asks.items()), whole=whole)
    return made


def picture(bids: dict[int, int], asks: dict[int, int], whole: bool = True) -> Picture:
    return Picture.of(book(bids, asks, whole))


BIDS, ASKS = {100: 1, 99: 2, 90: 3}, {101: 1, 105: 2}


def test_equal_books_match_wholly() -> None:
    now = picture(BIDS, ASKS)
    found = compare(now, now, picture(BIDS, ASKS))
    assert (found.bid_match, found.ask_match, found.ghosts, found.missing) == (MILLION, MILLION, 0, 0)


def test_ghosts_missing_levels_and_other_sizes() -> None:
    now = picture({**BIDS, 50: 7}, {101: 1})
    found = compare(now, now, picture(BIDS, {**ASKS, 101: 9}))
    assert (found.ghosts, found.missing, found.differing) == (1, 1, 3)
    assert found.bid_match == 750_000
    assert found.ask_match == 0


def test_what_changed_while_the_answer_was_under_way_does_not_count() -> None:
    before, now = picture(BIDS, ASKS), picture({**BIDS, 100: 5, 98: 1}, ASKS)
    found = compare(before, now, picture(BIDS, ASKS))
    assert found.worst == MILLION


def test_only_what_both_know_wholly_is_compared() -> None:
    now = picture({**BIDS, 10: 1}, ASKS)
    venue = picture({100: 1, 99: 2}, {101: 1}, whole=False)
    found = compare(now, now, venue)
    assert (found.ghosts, found.missing, found.worst) == (0, 0, MILLION)
    assert venue.lowest == Decimal(99)


def test_an_empty_answer_makes_ghosts_of_all() -> None:
    now = picture(BIDS, ASKS)
    assert compare(now, now, picture({}, {})).ghosts == 5


def test_the_auditor_writes_what_it_found_and_condemns_a_bad_book() -> None:
    entry = VenueEntry("v", BookLock())
    auditor = Auditor(10.0, joins=False)
    many = dict.fromkeys(range(100, 200), 1)
    live = book({}, {**many, **dict.fromkeys(range(300, 310), 1)})
    auditor.begin(live)
    assert auditor.take()
    assert not auditor.take()
    reason = auditor.judge(live, book({}, many), entry)
    assert "10 ghost and 0 missing" in reason
    assert (entry.audit.audits, entry.audit.ghost_levels, entry.audit.bid_match) == (1, 10, MILLION)
    auditor.end(5)
    assert not auditor.running


def test_two_levels_that_differ_are_no_reason() -> None:
    entry = VenueEntry("v", BookLock())
    auditor = Auditor(10.0, joins=False)
    live = book({100: 1, 99: 1}, {101: 1})
    auditor.begin(live)
    assert auditor.judge(live, book({100: 1, 98: 1}, {101: 1}), entry) == ""
    assert entry.audit.ghost_levels == 1


def test_a_few_wrong_levels_are_mended_in_the_background_or_condemned_the_second_time() -> None:
    entry = VenueEntry("v", BookLock())
    many = dict.fromkeys(range(100, 1000), 1)
    live, right = book({}, {**many, 2000: 1, 2001: 1, 2002: 1}), book({}, many)
    exact, timed = Auditor(10.0, joins=True), Auditor(10.0, joins=False)
    exact.begin(live)
    assert exact.judge(live, right, entry) == ""
    assert exact.wants_mending
    for condemned in (False, True):
        timed.begin(live)
        assert bool(timed.judge(live, right, entry)) is condemned
        timed.end(1)
    assert not timed.wants_mending


def test_when_an_audit_is_due() -> None:
    second = 1_000_000_000
    auditor = Auditor(10.0, joins=True)
    assert not auditor.due(20 * second, live_since=17 * second)
    assert auditor.due(20 * second, live_since=14 * second)
    auditor.end(20 * second)
    assert not auditor.due(29 * second, live_since=0)
    assert not Auditor(0.0, joins=True).due(99 * second, live_since=0)
