"""OrderBook: what loads, changes and reads mean."""

from __future__ import annotations

import struct
from decimal import Decimal
from types import ModuleType

import pytest

from orderbook_ext import BookError, LevelError, ScaleError
from orderbook_ext.model import MAX_BOOK_LEVELS
from tests.ext.frames import BINANCE, DIFF, SNAPSHOT, TRADE


def test_an_empty_book(impl: ModuleType) -> None:
    book = impl.OrderBook(2, 8)
    assert (book.best(), book.best_bid(), book.best_ask()) == (None, None, None)
    assert (book.top(5), book.levels(), book.counts()) == (((), ()), ([], []), (0, 0))
    assert (book.version, book.crossed(), book.whole) == (0, False, False)
    assert (book.price_decimals, book.size_decimals) == (2, 8)
    book.check()


def test_load_and_read(impl: ModuleType) -> None:
    book = impl.OrderBook(2, 3)
    book.load([("99.5", "1"), ("100", "0.5"), ("98", "0")], [["100.5", 2], [Decimal("101.25"), Decimal("1E-3")]])
    assert book.best() == (10000, 500, 10050, 2000)
    assert book.top(1) == (((10000, 500),), ((10050, 2000),))
    assert book.levels() == ([(10000, 500), (9950, 1000)], [(10050, 2000), (10125, 1)])
    assert book.counts() == (2, 2)
    assert book.stats()[:2] == (0, 1)
    assert not book.crossed()


def test_apply_counts_what_it_did(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.apply([("1", "1"), ("2", "1")], [("3", "1")])
    book.apply([("1", "2"), ("2", "0"), ("9", "0.000")], [("3", 0), ("4", 5)])
    assert book.levels() == ([(1, 2)], [(4, 5)])
    stats = book.stats()
    assert (stats.updates, stats.inserts, stats.changes, stats.deletes, stats.absent_deletes) == (2, 4, 1, 2, 1)
    assert book.version == 2


def test_the_last_of_equal_prices_counts(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.apply([("5", "1"), ("7", "1"), ("5.0", "3"), ("6", "1"), ("7", "0")], [])
    assert book.levels()[0] == [(6, 1), (5, 3)]
    book.load([("5", "1"), ("5", "0")], [])
    assert book.levels()[0] == []


def test_finer_digits_widen_the_book(impl: ModuleType) -> None:
    book = impl.OrderBook(1, 0)
    book.load([("10.5", "3")], [("11", "4")])
    book.apply([], [("10.755", "1.5")])
    assert (book.price_decimals, book.size_decimals) == (3, 1)
    assert book.levels() == ([(10500, 30)], [(10755, 15), (11000, 40)])
    assert (book.lowest_complete_bid, book.highest_complete_ask) == (10500, 11000)
    assert book.stats().widenings == 2
    book.apply([("10.500000000000", "3.000000")], [])
    assert (book.price_decimals, book.size_decimals) == (3, 1)


def test_what_does_not_fit_changes_nothing(impl: ModuleType) -> None:
    book = impl.OrderBook(0, 0)
    book.load([("9000000000000000000", "1")], [("9100000000000000000", "1")])
    before = book.levels(), book.version, book.stats(), book.price_decimals
    for bids in ([("1", "1"), ("0.1", "1")], [("1", "1"), ("9300000000000000000", "1")], [("1", "1"), ("2", "1e99")]):
        with pytest.raises(BookError):
            book.apply(bids, [("1", "5")])
    with pytest.raises(ScaleError):
        book.load([("9000000000000000000", "1"), ("0.1", "1")], [])
    assert (book.levels(), book.version, book.stats(), book.price_decimals) == before


@pytest.mark.parametrize(
    "row",
    [("1", "-1"), ("-1", "1"), ("1", 1.0), ("1", True), ("1", None), ("x", "1"), ("1",), "12", 7, b"12", {"1": 2}],
)
def test_malformed_rows(impl: ModuleType, row: object) -> None:
    book = impl.OrderBook()
    with pytest.raises(LevelError):
        book.apply([("1", "1"), row], [])
    assert (book.version, book.counts()) == (0, (0, 0))


def test_rows_may_be_any_iterable(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.apply(iter([["1", "1", "extra"]]), ((str(price), price) for price in (3, 4)))
    assert book.levels() == ([(1, 1)], [(3, 3), (4, 4)])


def test_an_error_inside_of_an_iterable_comes_through(impl: ModuleType) -> None:
    book = impl.OrderBook()
    with pytest.raises(ZeroDivisionError):
        book.apply(((1 // price, 1) for price in (1, 0)), [])
    assert book.version == 0


def test_scanned_frames(impl: ModuleType) -> None:
    decoder, book = impl.FrameDecoder(BINANCE), impl.OrderBook(2, 8, tick="0.01")
    with pytest.raises(BookError):
        book.apply_scanned(decoder)
    assert book.feed(decoder, TRADE) is False
    with pytest.raises(BookError):
        book.load_scanned(decoder)
    assert decoder.scan(SNAPSHOT)
    book.load_scanned(decoder, whole=True)
    assert book.whole
    assert book.price_decimals == 6
    assert book.feed(decoder, DIFF) is True
    assert book.best_bid() == (61730170000, 150000000)
    assert book.version == 2


def test_batches(impl: ModuleType) -> None:
    decoder, book = impl.FrameDecoder(BINANCE), impl.OrderBook()
    assert book.feed_batch(decoder, [DIFF, TRADE, DIFF]) == 2
    assert book.stats().updates == 2
    with pytest.raises(TypeError):
        book.feed_batch(decoder, [bytearray(DIFF)])
    fine, huge = b'{"b":[["1.5","1"]]}', b'{"b":[["9000000000000000000","1"]]}'
    with pytest.raises(ScaleError):
        book.feed_batch(decoder, [fine, huge, fine])
    assert book.stats().updates == 3


def test_completeness(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.load([("5", "1"), ("4", "1")], [("6", "1")])
    assert (book.whole, book.lowest_complete_bid, book.highest_complete_ask) == (False, 4, 6)
    book.load([("5", "1"), ("4", "1")], [("6", "1")], whole=True)
    assert (book.whole, book.lowest_complete_bid, book.highest_complete_ask) == (True, 0, 0)
    book.clear()
    assert (book.whole, book.counts(), book.version) == (False, (0, 0), 3)


def test_depth_truncates_and_says_so(impl: ModuleType) -> None:
    book = impl.OrderBook(depth=2)
    book.load([("5", "1"), ("4", "1")], [("6", "1")], whole=True)
    book.apply([("4.5", "1")], [])
    assert book.levels() == ([(50, 1), (45, 1)], [(60, 1)])
    assert (book.whole, book.lowest_complete_bid, book.highest_complete_ask) == (False, 45, 60)
    book.load([("1", "1"), ("2", "1"), ("3", "1")], [("6", "1")], whole=True)
    assert (book.whole, book.lowest_complete_bid, book.highest_complete_ask) == (False, 20, 60)
    assert book.stats().truncated == 2


def test_vwap_is_exact(impl: ModuleType) -> None:
    book = impl.OrderBook(2, 8)
    book.load([("61737.63", "0.1"), ("61737.62", "0.00000001"), ("1", "1")], [])
    bids, asks = book.vwap(2)
    assert bids == (2, 6173763 * 10**7 + 6173762, 10**7 + 1)
    assert asks == (0, 0, 0)
    assert asks.price() is None
    giant = impl.OrderBook()
    giant.load([(2**63 - 1 - i, 2**63 - 1) for i in range(5)], [])
    assert giant.vwap(4)[0].notional > 2**127
    with pytest.raises(ScaleError):
        giant.vwap(5)


def test_top_packed(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.load([("5", "1")], [("6", "2"), ("7", "3")])
    assert struct.unpack("=8q", book.top_packed(9)) == (5, 1, 6, 2, -1, 0, 7, 3)
    assert book.top_packed(0) == b""


def test_top_is_kept_until_the_book_changes(core: ModuleType) -> None:
    book = core.OrderBook()
    book.load([("5", "1")], [("6", "2"), ("7", "3")])
    assert book.top(3) is book.top(3)
    assert book.top(1) == (((5, 1),), ((6, 2),))
    book.apply([("5", 0)], [])
    assert book.top(1) == ((), ((6, 2),))


def test_crossed(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.load([("5", "1")], [("5", "2")])
    assert book.crossed()


@pytest.mark.parametrize("arguments", [{"price_decimals": 19}, {"size_decimals": -1}, {"depth": -1}, {"tick": "0"},
                                       {"tick": "x"}, {"tick": "-1"}])  # fmt: skip
def test_arguments_that_make_no_book(impl: ModuleType, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        impl.OrderBook(**arguments)


def test_negative_counts_of_levels(impl: ModuleType) -> None:
    for read in (impl.OrderBook().top, impl.OrderBook().top_packed, impl.OrderBook().vwap):
        with pytest.raises(ValueError):
            read(-1)


def test_the_structure_follows_the_levels(core: ModuleType) -> None:
    book = core.OrderBook(2, 0, tick="0.01")
    assert book.backend == "array"
    book.load([(Decimal(price) / 100, 1) for price in range(50_000, 51_000)], [])
    assert book.backend == "ladder"
    scattered = [(str(price * 1000), 1) for price in range(1, 1000)]
    book.load(scattered, scattered)
    assert book.backend == "ladder", "the tick is read from the prices when the known one is useless"
    squares = [(str(price**3), 1) for price in range(1, 1000)]
    book.load(squares, squares)
    assert book.backend == "array"
    book.check()


def test_a_book_starts_at_the_scale_that_its_numbers_need(impl: ModuleType) -> None:
    """A venue that declares 8 decimals of every size, and a coin whose sizes pass 92,233,720,368 units."""
    book = impl.OrderBook(8, 8)
    book.load([("0.00001234", "5950000000000.00000000")], [("0.00001235", "92233720369")])
    assert (book.price_decimals, book.size_decimals) == (8, 6)
    assert book.levels() == ([(1234, 5_950_000_000_000 * 10**6)], [(1235, 92_233_720_369 * 10**6)])


def test_a_book_takes_coarser_scales_where_what_it_holds_allows_it(impl: ModuleType) -> None:
    book = impl.OrderBook(2, 8)
    book.load([("10.00", "1.5"), ("9.50", "1")], [("11", "0.25")])
    book.apply([("9.75", "5950000000000")], [])
    assert (book.price_decimals, book.size_decimals) == (2, 6)
    assert book.levels()[0] == [(1000, 1_500_000), (975, 5_950_000_000_000_000_000), (950, 10**6)]
    assert (book.lowest_complete_bid, book.highest_complete_ask) == (950, 1100)
    before = book.levels(), book.version
    with pytest.raises(ScaleError):
        book.apply([("9.6", "0.00000001")], [])
    assert (book.levels(), book.version) == before
    book.apply([("9.75", "0")], [])
    book.apply([("9.6", "0.00000001")], [])
    assert book.size_decimals == 8
    with pytest.raises(ScaleError):
        book.apply([], [("11", "5950000000000")])
    book.check()


def test_coarser_prices_keep_what_is_proved_true(impl: ModuleType) -> None:
    book = impl.OrderBook(2, 0)
    book.load([("10", "1"), ("9.75", "1")], [("11", "1"), ("11.75", "1")])
    book.apply([("9.75", "0")], [("11.75", "0")])
    book.apply([], [("9000000000000000000", "1")])
    assert (book.price_decimals, book.lowest_complete_bid, book.highest_complete_ask) == (0, 10, 11)


def test_a_side_is_bounded(core: ModuleType) -> None:
    """A frame beyond the bound is refused as a whole; the book is as before."""
    book = core.OrderBook()
    rows = [(price, 1) for price in range(1, MAX_BOOK_LEVELS + 1)]
    book.load(rows[:-1], [])
    book.apply(rows[-1:], [])
    with pytest.raises(BookError, match="a side of the book would have more than 262,144 levels"):
        book.apply([(MAX_BOOK_LEVELS + 1, 1)], [(MAX_BOOK_LEVELS + 2, 1)])
    assert book.counts() == (MAX_BOOK_LEVELS, 0)
    with pytest.raises(BookError, match="would have more"):
        core.OrderBook().load([*rows, (MAX_BOOK_LEVELS + 1, 1)], [])


@pytest.mark.parametrize("price", ["0", "0.00", 0, Decimal(0)])
def test_no_level_has_the_price_0(impl: ModuleType, price: object) -> None:
    book = impl.OrderBook()
    book.load([("1", "1")], [])
    for change in (book.apply, book.load):
        for size in ("1", "0"):
            with pytest.raises(LevelError, match="the price 0"):
                change([], [(price, size)])
    assert book.levels() == ([(1, 1)], [])
