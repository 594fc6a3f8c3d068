"""Coins below a cent on every simulated venue, and the books that the server's feeds make of them."""

from __future__ import annotations

import math

import pytest

from server.model import Pair as ServedPair
from simulator import ConfigError, SimulatorConfig
from simulator.config import pairs_of
from simulator.instruments import CENT, FEWEST_TICKS, Pair, dollars, lot_decimals, start_price, tick_decimals
from simulator.venues import VENUES
from tests.faults.rig import Rig, simulated

SMALL = ("SHIB", "PEPE")
LISTED = {quote: simulated(*(f"{base}/{quote}" for base in SMALL)) for quote in ("USDT", "USDC", "USD")}
"""By quote currency the venues that list both coins in it."""
LISTED["USDC"] = tuple(venue for venue in LISTED["USDC"] if venue not in LISTED["USDT"])
PRICES = (1e-9, 3.3e-8, 4.1e-6, 8.7e-6, 0.0009, 0.0099, 0.02, 1.0, 64_000.0)


@pytest.mark.parametrize("quote", [pytest.param(quote, id=quote.lower()) for quote in LISTED])
@pytest.mark.timeout(400)
def test_books_and_trades_of_coins_below_a_cent_arrive_exactly(quote: str) -> None:
    with Rig(LISTED[quote], (f"{SMALL[0]}/{quote}", f"{SMALL[1]}/{quote}")) as rig:
        rig.settle()
        for _ in range(20):
            rig.step()
        rig.settle()
        for venue, pair in rig.books:
            book = rig.markets[ServedPair.parse(pair)].entries[venue].book
            assert book is not None
            bids, asks = book.top(1)
            usual = start_price(Pair.parse(pair))
            for price, size in (*bids, *asks):
                assert math.isclose(price / 10**book.price_decimals, usual, rel_tol=0.02), (venue, pair)
                assert size > 0
        traded = {(venue, pair) for venue, pair, _ in rig.trades}
        assert traded
        for venue, pair, trade in rig.trades:
            assert math.isclose(float(trade.price), start_price(Pair.parse(pair)), rel_tol=0.02), (venue, pair)


@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("quote", ["USDT", "USDC", "USD", "BTC"])
def test_every_venue_has_room_for_a_book_at_any_price(price: float, quote: str) -> None:
    for base in ("SHIB", "BTC", "DOGE", "NEW"):
        if base == quote:
            continue
        pair = Pair(base, quote, start=price)
        for name, make in VENUES.items():
            for item in make([pair], 10).terms.instruments:
                if item.tick_step > 1:
                    continue  # inverse perpetuals: of two coins, with the step of their own contracts
                assert price * 10**item.tick_decimals >= FEWEST_TICKS * 0.999, (name, pair)
                assert item.median_lots() * 3000 < 2**62, (name, pair)


def test_ticks_go_by_coin_and_by_price() -> None:
    table = {"BTC": 1, "DOGE": 5}
    assert tick_decimals(Pair("BTC", "USDT"), table, 1e-5) == 1
    assert tick_decimals(Pair("DOGE", "USDT"), table, 1e-5) == 5
    assert tick_decimals(Pair("DOGE", "USDT", start=2e-6), table, 1e-5) == 9, "five decimals would round it away"
    assert tick_decimals(Pair("ETH", "BTC"), table, 1e-5, other=5) == 5
    assert tick_decimals(Pair("SHIB", "USDT"), table, 1e-5) == 9
    assert tick_decimals(Pair("XLM", "USDT"), table, 1e-5) == 6


def test_lots_grow_with_coins_below_a_cent() -> None:
    assert lot_decimals(Pair("XLM", "USDT"), 8) == 8
    assert lot_decimals(Pair("SHIB", "USDT"), 8) == 4
    assert lot_decimals(Pair("SHIB", "USDT"), 2) == 0
    assert dollars(Pair("SHIB", "BTC")) < CENT


def test_a_start_price_is_the_pair_s_own() -> None:
    config = SimulatorConfig(pairs=["NEW/USDT", "BTC/USDT"], prices={"new/usdt": 2.5e-7})
    new, bitcoin = pairs_of(config)
    assert (start_price(new), start_price(bitcoin)) == (2.5e-7, 64_000.0)
    assert new == Pair("NEW", "USDT"), "a price does not make another pair"


@pytest.mark.parametrize("price", [0.0, -1.0, 1e-12, 1e12, math.nan])
def test_a_start_price_must_be_one(price: float) -> None:
    with pytest.raises(ConfigError, match=r"the price of NEW/USDT must be from 1e-09 to 1e\+09"):
        pairs_of(SimulatorConfig(pairs=["NEW/USDT"], prices={"NEW/USDT": price}))
