"""The status of a book, private at first and public once the book is adopted."""

from __future__ import annotations

from orderbook_ext import BookLock, BookStatus, ConsistencyLock, OrderBook
from server.book.status_writer import StatusWriter
from server.model import VenueState


class Rig:
    def __init__(self) -> None:
        self.lock = BookLock()
        self.changes = 0
        self.writer = StatusWriter("alpha", self.lock, ConsistencyLock(), self._changed)
        self.book = OrderBook(2, 3, lock=self.lock)

    def _changed(self) -> None:
        self.changes += 1


def test_a_book_begins_connecting() -> None:
    rig = Rig()
    assert rig.writer.entry.name == "alpha"
    assert rig.writer.entry.state == VenueState.CONNECTING
    assert rig.changes == 0


def test_a_change_of_state_is_announced_and_a_change_of_words_is_not() -> None:
    rig = Rig()
    rig.writer.set(VenueState.SYNCING, "waiting")
    assert rig.changes == 1
    rig.writer.set(VenueState.SYNCING, "waiting for the snapshot")
    assert rig.writer.entry.detail == "waiting for the snapshot"
    assert rig.changes == 1


def test_a_public_entry_takes_all_that_is_known_and_adds_what_is_counted() -> None:
    rig = Rig()
    private, public = rig.writer.entry, BookStatus("alpha", rig.lock)
    private.stamp(5, 6, 7, 8)
    private.gaps, private.resyncs, private.checksums_verified, private.checksum_failures = 1, 2, 3, 4
    private.unverified = True
    rig.writer.set(VenueState.LIVE, "as it should")
    public.gaps, public.resyncs, public.checksums_verified, public.checksum_failures = 10, 20, 30, 40
    rig.writer.adopt(public, rig.book)
    assert rig.writer.entry is public
    assert public.book is rig.book
    assert (public.exchange_time, public.receive_time, public.receive_monotonic, public.sequence) == (5, 6, 7, 8)
    assert (public.gaps, public.resyncs, public.checksums_verified, public.checksum_failures) == (11, 22, 33, 44)
    assert (public.state, public.detail, public.unverified) == (VenueState.LIVE, "as it should", True)
    assert rig.changes == 2


def test_a_released_book_goes_on_where_nobody_reads() -> None:
    rig = Rig()
    public = BookStatus("alpha", rig.lock)
    rig.writer.adopt(public, rig.book)
    rig.writer.set(VenueState.LIVE, "")
    rig.writer.release()
    changes = rig.changes
    rig.writer.set(VenueState.GAP, "lost")
    assert public.state == VenueState.LIVE
    assert rig.writer.entry is not public
    assert rig.changes == changes
    rig.writer.adopt(public, rig.book)
    assert public.state == VenueState.GAP
    assert rig.changes == changes + 1, "adopted again, changes are announced again"
