"""A market that was drawn once is the market that would be drawn, and belongs to one test."""

from __future__ import annotations

from simulator.instruments import Pair
from simulator.market import Market
from simulator.venues import VENUES
from tests.first_markets import first_market

VENUE = "kraken"
TERMS = VENUES[VENUE]([Pair.parse("BTC/USD"), Pair.parse("ETH/USD")], 10).terms
START = 1_760_000_000_000_000


def after(market: Market, steps: int) -> list[object]:
    """What there is of a market after so many steps."""
    for _ in range(steps):
        market.step({VENUE: START + market.steps * 100_000})
    return [
        (each.sequence, each.book.bids.top(), each.book.asks.top(), list(each.history.trades))
        for each in market.books.values()
    ]


def test_each_is_the_market_that_is_drawn() -> None:
    drawn = after(Market([TERMS], 7, 0.1, START), 20)
    assert after(first_market([TERMS], 7, 0.1, START), 20) == drawn
    assert after(first_market([TERMS], 7, 0.1, START), 20) == drawn


def test_another_seed_is_another_market() -> None:
    assert after(first_market([TERMS], 7, 0.1, START), 0) != after(first_market([TERMS], 8, 0.1, START), 0)
