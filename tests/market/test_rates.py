"""Rates of books whose prices no rate can be made of: they are suspended with the reason, and nothing raises."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderbook_ext import OrderBook
from server.market.consolidated_book import ConsolidatedBook, Foreign
from server.market.market import Market
from server.market.rates import Rate
from server.model import Pair, VenueState


def market(pair: str, bid: str, ask: str) -> Market:
    made = Market(Pair.parse(pair), ("v",), lambda _: None)
    entry = made.entries["v"]
    entry.book, entry.state = OrderBook(lock=made.lock), VenueState.LIVE
    entry.book.load([(bid, "1")], [(ask, "1")], whole=True)
    return made


@pytest.mark.parametrize("pair", ["USDC/USDT", "USDT/USDC"])
@pytest.mark.parametrize(
    ("bid", "ask", "trouble"),
    [
        ("0.000000000000000001", "0.000000000000000002", ""),
        ("9000000000000000000", "9000000000000000001", ""),
    ],
)
def test_prices_that_make_no_rate(pair: str, bid: str, ask: str, trouble: str) -> None:
    rate = Rate("USDC", "USDT", market(pair, bid, ask))
    found = rate.now()
    assert found.trouble
    assert trouble in found.trouble
    own, other = market("BTC/USDT", "100", "101"), market("BTC/USDC", "200", "201")
    books = ConsolidatedBook(own, [Foreign(other, rate)], 5, Decimal(0), (), 5)
    books.refresh()
    assert [level[0] for level in books.view.bids] == [100], "without the books of the other currency"
