"""Whole top-of-book frames that stand in: the public entry is always held by one of the two books of a pair."""

from __future__ import annotations

from orderbook_ext import BookLock
from server.book.synchronizer import BookSynchronizer
from server.connection.provisional_books import ProvisionalBooks
from server.model import VenueState
from server.protocol.sequence import CounterRule
from server.protocol.venue import BookPlan
from tests.book.family import FAMILIES, INSTRUMENT, FamilyRig, FamilyVenue

LIMITS = FamilyVenue(FAMILIES[0]).LIMITS
IN_BAND = next(family for family in FAMILIES if family.in_band and family.rule is CounterRule)


def provisional(lock: BookLock) -> BookSynchronizer:
    plan = BookPlan(INSTRUMENT, "top", CounterRule, in_band=True)
    return BookSynchronizer("model", plan, LIMITS, lock, lambda: None)


class Rig:
    """A book that becomes live by a real session, and what stands in for it."""

    def __init__(self) -> None:
        self.exchange = FamilyRig(IN_BAND, 5)
        self.book = self.exchange.sync
        self.made: list[BookSynchronizer] = []
        self.books = ProvisionalBooks({self.book: self._make})

    def _make(self) -> BookSynchronizer:
        self.made.append(provisional(self.exchange.lock))
        return self.made[-1]

    def live(self) -> None:
        self.exchange.calm()
        assert self.book.live


def test_books_without_one() -> None:
    none = ProvisionalBooks()
    book = provisional(BookLock())
    assert not none
    assert (none.syncs, none.of(book), none.pass_over(book)) == ((), None, None)
    assert none.stand_in(VenueState.CONNECTING, "away") == []


def test_a_book_that_is_not_live_passes_nothing_over() -> None:
    rig = Rig()
    rig.exchange.connect()
    assert rig.books.of(rig.book) is rig.made[0]
    assert rig.books.syncs == (rig.made[0],)
    if not rig.book.live:
        assert rig.books.pass_over(rig.book) is None
        assert bool(rig.books)


def test_a_live_book_takes_the_public_entry_once() -> None:
    rig = Rig()
    rig.live()
    public = rig.made[0].entry
    assert rig.books.pass_over(rig.book) is rig.made[0]
    assert rig.book.entry is public
    assert public.state == VenueState.LIVE
    assert not rig.books
    assert rig.books.pass_over(rig.book) is None
    assert rig.made[0].entry is not public, "what it still gets is shown to nobody"


def test_after_a_loss_a_new_one_stands_in() -> None:
    rig = Rig()
    rig.live()
    rig.books.pass_over(rig.book)
    public = rig.book.entry
    (new,) = rig.books.stand_in(VenueState.CONNECTING, "the connection is away")
    assert rig.made == [rig.made[0], new]
    assert new.entry is public
    assert (public.state, public.detail) == (VenueState.CONNECTING, "the connection is away")
    assert rig.books.of(rig.book) is new
    assert rig.books.stand_in(VenueState.CONNECTING, "again") == [], "it stands in already"


def test_books_that_are_given_up_come_back_with_no_connection() -> None:
    rig = Rig()
    rig.books.drop([rig.book])
    assert not rig.books
    assert rig.books.stand_in(VenueState.CONNECTING, "away") == []
