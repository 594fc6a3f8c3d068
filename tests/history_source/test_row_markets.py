"""RowMarkets: scales that hold all numbers so far, and change as seldom as they can."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.history.errors import NumberError
from server.history.markets import CONSOLIDATED
from server.history_source.row_markets import FixedMarkets, RowMarkets
from server.model import Pair

BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")
NUMBERS = st.decimals("0.000000001", "1000000000000", places=9)


@given(prices=st.lists(NUMBERS, min_size=1, max_size=9))
def test_every_number_is_held_exactly_and_the_first_scale_only_grows_finer(prices: list[Decimal]) -> None:
    markets, before = RowMarkets(), 0
    for price in prices:
        try:
            market = markets.of(BTC, "v", (price,), (price,))
        except NumberError:
            assert len(price.normalize().as_tuple().digits) >= 19
            continue
        assert market.price_of(market.price(price)) == price
        assert market.quantity_of(market.quantity(price)) == price
        kept = markets.of(BTC, "v")
        assert kept.price_exp <= before
        before = kept.price_exp


def test_a_number_too_large_for_the_scale_has_one_of_its_own() -> None:
    markets = RowMarkets()
    fine = markets.of(BTC, "v", (), (Decimal("0.00000001"),))
    coarse = markets.of(BTC, "v", (), (Decimal("5950000000000"),))
    assert (fine.qty_exp, coarse.qty_exp) == (-8, 0)
    assert markets.of(BTC, "v") == fine


def test_pairs_and_venues_have_scales_of_their_own() -> None:
    markets = RowMarkets()
    fine = markets.of(BTC, "v", (Decimal("1.25"),), (Decimal("0.001"),))
    assert (fine.price_exp, fine.qty_exp, fine.pair, fine.venue) == (-2, -3, "BTC/USDT", "v")
    assert markets.of(ETH, "v").price_exp == 0
    assert markets.of(BTC, "w").price_exp == 0
    exact = markets.exactly(BTC, CONSOLIDATED, 3, 1)
    assert (exact.venue, exact.price_exp, exact.qty_exp) == (CONSOLIDATED, -3, -1)


@pytest.mark.parametrize(
    ("price", "size", "scale"),
    [
        ("100.25", "0.5", (-8, -8)), ("1E-8", "1", (-8, -8)), ("0.0000000001", "1", (-10, 0)),
        ("1", "900000000000", (0, 0)),
    ],
)  # fmt: skip
def test_a_fixed_scale_follows_from_the_numbers_alone(price: str, size: str, scale: tuple[int, int]) -> None:
    fixed = FixedMarkets()
    for _ in range(2):
        market = fixed.of(BTC, "a", (Decimal(price),), (Decimal(size),))
        assert (market.price_exp, market.qty_exp) == scale
        fixed.of(BTC, "a", (Decimal("0.000000000001"),))
    with pytest.raises(NumberError):
        fixed.of(BTC, "a", (Decimal("1E-18"), Decimal("1E18")))
