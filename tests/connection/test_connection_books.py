"""What is done with one book of a connection, and what that costs the others: nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orderbook_ext import BookLock
from server.book.monitor import Fault
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import CheckListing, FetchSnapshot, LogMessage, Reconnect
from server.connection.session import Session
from server.model import VenueState
from server.protocol.sequence import PlainRule
from server.units import SECOND
from server.venues.binance import Binance
from tests.connection.parts_rig import NOW, of_kind, two_books
from tests.connection.test_subscriptions import BTC, ETH

LATER = NOW.monotonic + 60 * SECOND


def test_a_plan_that_leaves_out_a_check_of_the_venue_is_refused() -> None:
    venue = Binance()
    plan = replace(venue.book_plan(BTC, "diff", 1000), rule=PlainRule)
    sync = BookSynchronizer(venue.NAME, plan, venue.LIMITS, BookLock(), lambda: None)
    with pytest.raises(ValueError, match="never reads"):
        Session(venue, [sync], [])


def test_a_defect_costs_the_book_that_it_met_alone() -> None:
    session = two_books()
    books, (first, second) = session.books, session.syncs
    second.proved.set_state(VenueState.LIVE, "")

    def fail() -> None:
        raise ZeroDivisionError("ours")

    effects = books.guarded(first, NOW.monotonic, fail)
    (complaint,) = of_kind(effects, LogMessage)
    assert isinstance(complaint, LogMessage)
    assert isinstance(complaint.error, ZeroDivisionError)
    assert (first.state, first.entry.detail) == (VenueState.SUSPECT, "internal error: ZeroDivisionError('ours')")
    assert second.live


def test_each_request_of_a_book_becomes_an_effect_once() -> None:
    session = two_books()
    books, sync = session.books, session.syncs[0]
    sync.proved.complaint = "odd"
    effects = books.requests(sync, LATER)
    assert [type(effect) for effect in effects] == [FetchSnapshot, LogMessage]
    assert books.requests(sync, LATER) == []


def test_a_gap_of_the_connection_begins_every_book_anew() -> None:
    session = two_books()
    session.books.rebuild(VenueState.GAP, "message 7 is missing", NOW.monotonic)
    assert [(sync.state, sync.entry.detail) for sync in session.syncs] == [
        Fault(VenueState.GAP, "message 7 is missing")
    ] * 2


def test_a_connection_that_brings_no_book_at_all_is_opened_anew_once_and_then_the_pair_is_asked_about() -> None:
    session = two_books()
    books, sync = session.books, session.syncs[0]
    kinds = []
    for turn in range(5):
        sync.parts.recovery.book_missing(LATER)
        kinds += [type(effect) for effect in books.requests(sync, LATER + turn)]
    assert kinds.count(Reconnect) == 1
    assert kinds[kinds.index(Reconnect) :].count(CheckListing) == 2


def test_a_dropped_instrument_takes_its_streams_with_it() -> None:
    session = two_books()
    names = session.books.drop(ETH)
    assert names == {Binance().book_plan(ETH, "diff", 1000).stream}
    assert [sync.plan.instrument for sync in session.syncs] == [BTC]
    assert session.books.drop(ETH) == set()
