"""Silences that were nothing, and silences that hid something."""

from __future__ import annotations

from orderbook_ext import OrderBook
from server.book.quiet_stream import CONFIRM_LEVELS, QuietStream
from server.protocol.sequence import PlainRule, RangeRule
from server.units import SECOND
from tests.protocol.test_sequence import Ids


def book(size: int = 1, levels: int = CONFIRM_LEVELS + 10) -> OrderBook:
    made = OrderBook(2, 0)
    made.load(
        [(f"{1000 - at}", size if at == 0 else 1) for at in range(levels)],
        [(f"{1001 + at}", 1) for at in range(levels)],
    )
    return made


def silent() -> QuietStream:
    stream = QuietStream(10.0)
    stream.begin(SECOND)
    return stream


def test_a_stream_that_brings_the_same_book_again_was_only_quiet() -> None:
    for size, patient in ((1, True), (2, False)):
        stream = silent()
        before = stream.threshold
        stream.remember(book())
        stream.compare(book(size), 20 * SECOND)
        assert (stream.threshold > before) is patient


def test_what_was_remembered_counts_once_and_not_after_the_book_began_anew() -> None:
    stream = silent()
    stream.remember(book())
    stream.forget()
    stream.compare(book(), 20 * SECOND)
    stream.compare(book(), 40 * SECOND)
    assert stream.doublings == 0


def test_the_venues_own_book_confirms_a_silent_one() -> None:
    stream, rule = silent(), PlainRule()
    assert stream.confirmed_by(book(), Ids(last_id=9), book(), rule, 20 * SECOND)
    assert stream.doublings == 1
    assert not stream.confirmed_by(book(2), Ids(last_id=9), book(), rule, 20 * SECOND)
    assert stream.doublings == 1


def test_the_venues_number_confirms_a_silent_book_whose_snapshot_has_other_levels() -> None:
    """A snapshot of fewer decimals, or of merged levels, has other levels at the same number."""
    stream, rule = silent(), RangeRule()
    rule.begin(Ids(last_id=9))
    assert stream.confirmed_by(book(2), Ids(last_id=9), book(), rule, 20 * SECOND)
    assert not stream.confirmed_by(book(2), Ids(last_id=10), book(), rule, 20 * SECOND)


def test_levels_beyond_those_that_confirm_do_not_matter() -> None:
    assert silent().confirmed_by(book(levels=CONFIRM_LEVELS), Ids(), book(), PlainRule(), 20 * SECOND)
