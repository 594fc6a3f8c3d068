"""BookStatus: what it holds and what it refuses."""

import time
from types import ModuleType

import pytest


def test_fields(impl: ModuleType) -> None:
    entry = impl.BookStatus("binance", impl.BookLock())
    assert (entry.name, entry.book, entry.state, entry.detail) == ("binance", None, 0, "")
    for number, name in enumerate(
        ("state", "resyncs", "gaps", "checksums_verified", "checksum_failures", "exchange_time", "receive_time",
         "receive_monotonic", "sequence"), 1
    ):  # fmt: skip
        assert getattr(entry, name) == 0
        setattr(entry, name, number)
        assert getattr(entry, name) == number
    entry.detail = "silent for 3 s: é"
    assert entry.detail == "silent for 3 s: é"
    assert entry.frames == 0
    entry.stamp(1, 2, 3, -1)
    assert entry.frames == 1
    assert (entry.exchange_time, entry.receive_time, entry.receive_monotonic, entry.sequence) == (1, 2, 3, -1)


def test_one_frame_of_a_shown_book_is_measured(impl: ModuleType) -> None:
    entry = impl.BookStatus("binance", impl.BookLock())
    entry.measure()
    entry.stamp(0, 0, 7, 1)
    assert entry.measured == (0, 0), "nobody sees the book"
    entry.state = 3
    began = time.monotonic_ns()
    entry.stamp(0, 0, 8, 2)
    receipt, applied = entry.measured
    assert receipt == 8
    assert began <= applied <= time.monotonic_ns()
    entry.stamp(0, 0, 9, 3)
    assert entry.measured == (receipt, applied)
    entry.measure()
    assert entry.measured == (0, 0)


def test_trades_state_and_clock(impl: ModuleType) -> None:
    entry = impl.BookStatus("binance", impl.BookLock())
    assert (entry.trades_state, entry.clock_offset, entry.clock_uncertainty) == (0, 0, 0)
    entry.trades_state, entry.clock_offset, entry.clock_uncertainty = 5, -(2**62), 2**62
    assert (entry.trades_state, entry.clock_offset, entry.clock_uncertainty) == (5, -(2**62), 2**62)


def test_a_book_shares_the_lock(impl: ModuleType) -> None:
    lock = impl.BookLock()
    entry, book = impl.BookStatus("a", lock), impl.OrderBook(lock=lock)
    entry.book = book
    assert entry.book is book
    with pytest.raises(ValueError, match="a: "):
        entry.book = impl.OrderBook()
    assert entry.book is book
    entry.book = None
    assert entry.book is None


def test_names_and_details_are_valid_text(impl: ModuleType) -> None:
    with pytest.raises(UnicodeEncodeError):
        impl.BookStatus("\ud800", impl.BookLock())


@pytest.mark.parametrize("value", [-1, 2**32])
def test_counters_have_their_wire_range(core: ModuleType, value: int) -> None:
    entry = core.BookStatus("a", core.BookLock())
    with pytest.raises(OverflowError):
        entry.gaps = value
    with pytest.raises(OverflowError):
        entry.trades_state = value


def test_an_uncertainty_is_not_negative(core: ModuleType) -> None:
    entry = core.BookStatus("a", core.BookLock())
    with pytest.raises(OverflowError):
        entry.clock_uncertainty = -1
