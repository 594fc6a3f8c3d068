"""MarketSampler: all live books of a moment at exact scales, and the prices of the consolidated one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from orderbook_ext import OrderBook
from server.analytics.averages.compute import PriceAverage
from server.history.rows import BookRow, MetricRow
from server.history_source.market_sampler import LONG, SHORT, MarketSampler, rounded
from server.history_source.row_markets import RowMarkets
from server.market.market import Market
from server.model import Pair, VenueState

NOW = 1_700_000_000 * 10**9


def market() -> Market:
    made = Market(Pair("A", "B"), ("x", "y", "down"), lambda _market: None)
    for venue, bid, ask in (("x", "9.5", "10"), ("y", "9.25", "10.125")):
        entry = made.entries[venue]
        entry.book = OrderBook(0, 0, lock=made.lock)
        entry.book.load([(bid, "2")], [(ask, "0.5")])
        entry.state = VenueState.LIVE
    return made


def averages() -> list[PriceAverage]:
    return [PriceAverage(SHORT, 0, NOW, Fraction(29, 3), None, 1, 900_000)]


def test_each_live_book_is_a_row_and_the_consolidated_one_has_prices() -> None:
    rows = list(MarketSampler(market(), RowMarkets(), averages).rows(NOW))
    books = {row.market.venue: row for row in rows if isinstance(row, BookRow)}
    assert set(books) == {"", "x", "y"}
    shown = {
        venue: [[(row.market.price_of(p), row.market.quantity_of(q)) for p, q in side] for side in (row.bids, row.asks)]
        for venue, row in books.items()
    }
    assert shown["y"] == [[(Decimal("9.25"), Decimal(2))], [(Decimal("10.125"), Decimal("0.5"))]]
    assert shown[""][0] == [(Decimal("9.5"), Decimal(2)), (Decimal("9.25"), Decimal(2))]
    (metric,) = (row for row in rows if isinstance(row, MetricRow))
    assert metric.market.price_of(metric.bid or 0) == Decimal("9.5")
    assert metric.market.price_of(metric.ask or 0) == Decimal("10")
    assert (metric.average_30s, metric.coverage_30s) == (Decimal("9.666666666667"), 900_000)
    assert (metric.average_60s, metric.coverage_60s) == (None, 0), f"no window of {LONG} is configured"
    assert metric.vwap_price is not None


def test_venues_that_come_and_books_that_are_empty() -> None:
    made = market()
    sampler = MarketSampler(made, RowMarkets(), averages)
    for venue in ("x", "y"):
        made.entries[venue].state = VenueState.DOWN
    assert list(sampler.rows(NOW)) == []
    made.add_venue("z")
    entry = made.entries["z"]
    entry.book = OrderBook(0, 0, lock=made.lock)
    entry.book.load([("1", "1")], [])
    entry.state = VenueState.LIVE
    rows = list(sampler.rows(NOW))
    assert {row.market.venue for row in rows} == {"", "z"}
    (metric,) = (row for row in rows if isinstance(row, MetricRow))
    assert (metric.ask, metric.ask_quantity) == (None, None)


def test_ratios_are_rounded_half_to_even() -> None:
    assert rounded(Fraction(1, 2 * 10**12)) == 0
    assert rounded(Fraction(3, 2 * 10**12)) == Decimal("2e-12")
