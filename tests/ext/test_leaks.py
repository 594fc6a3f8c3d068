"""Many cycles of everything leave no object and no memory behind."""

from __future__ import annotations

import gc
import resource
import sys
from types import ModuleType

import pytest

from orderbook_ext import BookError
from tests.ext.frames import BINANCE, DIFF, SNAPSHOT

MEBIBYTE = 2**20 if sys.platform == "darwin" else 2**10  # in units of ru_maxrss


def cycle(core: ModuleType) -> None:
    lock = core.BookLock()
    decoder, book, entry = core.FrameDecoder(BINANCE), core.OrderBook(lock=lock), core.BookStatus("v", lock)
    rows = [(price, 1) for price in range(1, 2000)]
    book.load(rows, rows)
    assert book.feed(decoder, DIFF)
    assert decoder.scan(bytearray(SNAPSHOT))
    book.load_scanned(decoder)
    book.feed_batch(decoder, [DIFF, SNAPSHOT])
    for bad in ([("x", 1)], [(1.5, 1)], [("9" * 30, 1)], 7):
        with pytest.raises((BookError, TypeError)):
            book.apply(bad, [])
    entry.book, entry.state, entry.detail = book, 3, "detail"
    log = core.UpdateLog(entry, levels=10, capacity=4)
    for number in range(6):
        entry.stamp(number, number, number, number)
    updates, lost = log.take()
    assert (len(updates), lost) == (4, 3)
    other, other_book = core.BookStatus("w", lock), core.OrderBook(lock=lock)
    other_book.load(rows, [])
    other.book, other.state = other_book, 3
    changes = core.ChangeLog(other, capacity=4)
    for number in range(6):
        other_book.apply([(number + 1, number)], [])
        other.stamp(number, number, number, number)
    updates, lost = changes.take()
    assert (len(updates), lost) == (4, 3)
    view = core.ConsolidatedView("A/B", [entry], levels=10)
    for _ in range(3):
        view.refresh()
        for read in (view.bids, view.asks, view.pack(), view.vwap_prices(), view.bid_vwap, decoder.route):
            assert read is not None
        for encode in (view.encode_book, view.encode_summary, view.encode_status):
            encode(1, 2, 3, 4)
        view.encode_compat()
    for read in (book.levels(), book.top(10), book.top_packed(10), book.vwap(10), book.stats(), book.best()):
        assert read is not None


@pytest.mark.slow
def test_nothing_is_left(core: ModuleType) -> None:
    for _ in range(20):
        cycle(core)
    gc.collect()
    objects, peak = len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    blocks = sys.getallocatedblocks()
    for _ in range(300):
        cycle(core)
    gc.collect()
    assert len(gc.get_objects()) - objects < 50
    assert abs(sys.getallocatedblocks() - blocks) < 500
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 8 * MEBIBYTE


def test_references_are_balanced(core: ModuleType) -> None:
    lock, marker = core.BookLock(), "a marker string"
    before = sys.getrefcount(lock), sys.getrefcount(marker)
    for _ in range(100):
        entry = core.BookStatus(marker, lock)
        entry.book = core.OrderBook(lock=lock)
        entry.book = None
        entry.book = core.OrderBook(lock=lock)
        core.ConsolidatedView(marker, [entry], levels=1)
    del entry
    assert (sys.getrefcount(lock), sys.getrefcount(marker)) == before
