"""One base in several quote currencies: converted to the unfavourable side, and left out where there is no rate."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest

from server.market.consolidated_book import ConsolidatedBook, Foreign
from server.market.market import Market
from server.market.rates import Rate
from tests.waiting import PATIENCE

from .books import fill, market


class Rig:
    """BTC in USDT on alpha and in EUR on beta, with the rate between the two."""

    def __init__(self, venues: Sequence[str] = (), rate: str = "EUR/USDT") -> None:
        self.own, self.other, self.rate = market("BTC/USDT", "alpha"), market("BTC/EUR", "beta"), market(rate)
        fill(self.own, "alpha", "100", "110")
        fill(self.other, "beta", "100", "104")
        foreign = Foreign(self.other, Rate("EUR", "USDT", self.rate))
        self.books = ConsolidatedBook(self.own, [foreign], 5, Decimal(0), venues, 5)

    def levels(self) -> tuple[list[Decimal], list[Decimal]]:
        """Prices of the merged book."""
        with self.books.consistency_locks():
            self.books.refresh()
            view = self.books.view
            bids, asks = (
                [Decimal(level[0]).scaleb(-view.price_decimals) for level in side] for side in (view.bids, view.asks)
            )
        return bids, asks


def prices(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(("pair", "quotes"), [("EUR/USDT", ("1.05", "1.06")), ("USDT/EUR", ("0.9", "0.901"))])
def test_bids_are_converted_at_the_bid_and_asks_at_the_ask(pair: str, quotes: tuple[str, str]) -> None:
    rig = Rig(rate=pair)
    fill(rig.rate, "alpha", *quotes)
    bids, asks = rig.levels()
    (conversion,) = rig.books.conversions
    assert conversion.bid is not None
    assert conversion.ask is not None
    assert conversion.bid < conversion.ask
    step = Decimal(1).scaleb(-rig.books.view.price_decimals)
    converted = (100 * conversion.bid).quantize(step, ROUND_FLOOR), (104 * conversion.ask).quantize(step, ROUND_CEILING)
    assert bids == sorted([converted[0], Decimal(100)], reverse=True)
    assert asks == sorted([converted[1], Decimal(110)])
    assert (rig.books.names, rig.books.currencies) == (("alpha", "beta"), ("", "EUR"))


def test_without_a_rate_only_the_own_books_are_merged() -> None:
    rig = Rig()
    assert rig.levels() == (prices("100"), prices("110"))
    assert rig.books.conversions[0].trouble
    fill(rig.rate, "alpha", "1.05", "1.06")
    assert rig.levels()[0] == prices("105", "100")
    fill(rig.rate, "alpha", "1.05", "")
    assert rig.levels() == (prices("100"), prices("110"))


def test_all_markets_that_it_reads_are_followed_and_locked_in_one_order() -> None:
    rig = Rig()
    assert [each.name for each in rig.books.follows] == ["BTC/EUR", "BTC/USDT", "EUR/USDT"]
    passed: list[str] = []

    def take(kept: Market) -> None:
        with kept.consistency_lock:
            passed.append(kept.name)

    threads = [threading.Thread(target=take, args=(kept,), daemon=True) for kept in rig.books.follows]
    with rig.books.consistency_locks():
        for thread in threads:
            thread.start()
        threads[0].join(0.1)
        assert passed == []
    for thread in threads:
        thread.join(PATIENCE)
    assert len(passed) == 3
    assert rig.books.source("EUR") is rig.other
    assert rig.books.source("") is rig.own


def test_venues_that_come_and_go_in_any_of_the_markets() -> None:
    rig = Rig()
    fill(rig.rate, "alpha", "1.05", "1.06")
    rig.levels()
    rig.other.add_venue("gamma")
    fill(rig.other, "gamma", "102", "103")
    assert rig.levels()[0] == prices("107.1", "105", "100")
    rig.own.remove_venue("alpha")
    assert (rig.levels()[0], rig.books.names) == (prices("107.1", "105"), ("beta", "gamma"))


def test_a_choice_of_venues_that_have_all_gone() -> None:
    rig = Rig(venues=("beta",))
    assert rig.books.names == ("beta",)
    assert not rig.books.orphaned
    rig.other.remove_venue("beta")
    assert rig.books.orphaned
    rig.own.remove_venue("alpha")
    assert rig.books.orphaned
    rig.own.add_venue("beta")
    assert not rig.books.orphaned, "a venue of this name is there again"


def test_one_market_alone_needs_its_own_lock_only() -> None:
    kept: Market = market("BTC/USDT", "alpha")
    fill(kept, "alpha", "100", "110")
    books = ConsolidatedBook(kept, [], 5, Decimal(0), (), 5)
    assert books.consistency_locks() is kept.consistency_lock
    books.refresh()
    assert (books.conversions, books.follows, books.currencies) == ((), (kept,), ("",))
