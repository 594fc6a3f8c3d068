"""Rates of books whose prices no rate can be made of: they are suspended with the reason, and nothing raises."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.market.consolidated_book import ConsolidatedBook, Foreign
from server.market.rates import OLDEST, Rate, rate_between
from server.model import Pair

from .books import fill, market


@pytest.mark.parametrize(
    ("pair", "bid", "ask", "trouble"),
    [
        ("USDC/USDT", "0.000000000000000001", "0.000000000000000002", "is worth less than a rate can say"),
        ("USDT/USDC", "0.000000000000000001", "0.000000000000000002", "is worth more than a rate can say"),
        ("USDC/USDT", "9000000000000000000", "9000000000000000001", "has no live book with two sides"),
        ("USDT/USDC", "9000000000000000000", "9000000000000000001", "has no live book with two sides"),
        ("USDC/USDT", "9000000000", "9000000001", "is worth more than a rate can say"),
        ("USDC/USDT", "", "1", "has no live book with two sides"),
        ("USDC/USDT", "1", "1.02", "is 2.00 % wide"),
        ("USDC/USDT", "1.02", "1", "is crossed"),
        ("USDC/USDT", "1.03", "1.0301", "is off its peg: 1.0300 to 1.0301"),
        ("USDT/USDC", "1.03", "1.0301", "is off its peg: 0.9708 to 0.9709"),
    ],
)
def test_prices_that_make_no_rate(pair: str, bid: str, ask: str, trouble: str) -> None:
    kept = market(pair)
    fill(kept, "alpha", bid, ask)
    rate = Rate("USDC", "USDT", kept)
    assert rate.now().trouble == f"{pair} {trouble}"
    own, other = market("BTC/USDT"), market("BTC/USDC")
    fill(own, "alpha", "100", "101")
    fill(other, "alpha", "200", "201")
    books = ConsolidatedBook(own, [Foreign(other, rate)], 5, Decimal(0), (), 5)
    books.refresh()
    assert [level[0] for level in books.view.bids] == [100], "without the books of the other currency"


@pytest.mark.parametrize(
    ("pair", "bid", "ask"),
    [("USDC/USDT", "0.999", "1.001"), ("USDC/USDT", "1.005", "1"), ("EUR/USDT", "1.03", "1.031")],
)
def test_prices_that_do(pair: str, bid: str, ask: str) -> None:
    kept = market(pair)
    fill(kept, "alpha", bid, ask)
    made = Rate(kept.pair.base, "USDT", kept).now()
    assert (made.trouble, made.bid, made.ask, made.inverted) == ("", Decimal(bid), Decimal(ask), False)
    assert 0 <= made.age < OLDEST


def test_a_book_that_is_old_makes_none() -> None:
    kept = market("EUR/USDT")
    fill(kept, "alpha", "1.03", "1.031")
    kept.entries["alpha"].stamp(1, 1, 1, 1)
    made = Rate("EUR", "USDT", kept).now()
    assert made.age > OLDEST
    assert made.trouble.endswith(" s old")


def test_a_rate_is_found_either_way_round_and_in_any_case() -> None:
    kept = {each.pair: each for each in (market("EUR/USDT"), market("BTC/EUR"))}
    found = rate_between(kept, "usdt", "EUR")
    assert found is not None
    assert found.market.pair == Pair("EUR", "USDT")
    assert rate_between(kept, "GBP", "USDT") is None
