"""A market converts by its own scales."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.history.errors import NumberError

from .samples import BTC, PEPE


def test_prices_and_quantities_round_trip() -> None:
    assert BTC.price_of(BTC.price(Decimal("60000.01"))) == Decimal("60000.01")
    assert BTC.quantity_of(BTC.quantity(Decimal("0.00000001"))) == Decimal("0.00000001")
    assert PEPE.quantity(Decimal("1e12")) == 10**12


def test_a_price_with_more_decimals_is_refused_and_a_finer_scale_holds_it() -> None:
    price = Decimal("60000.0175")
    with pytest.raises(NumberError, match="more than 2 decimals"):
        BTC.price(price)
    finer = BTC.fitting([price, Decimal("1.00000000")], [])
    assert (finer.price_exp, finer.qty_exp) == (-4, -8)
    assert finer.price_of(finer.price(price)) == price
    assert finer.fitting([Decimal(5)], [Decimal("1e3")]) == finer


def test_a_scale_fits_numbers_only() -> None:
    with pytest.raises(NumberError):
        BTC.fitting([Decimal("NaN")], [])


@pytest.mark.parametrize(
    "market", [BTC._replace(price_exp=1), BTC._replace(qty_exp=-31), BTC._replace(symbol="\ud800")]
)
def test_unknown_scales_are_refused(market: object) -> None:
    with pytest.raises(NumberError):
        market.check()  # type: ignore[attr-defined]


def test_pair() -> None:
    assert BTC.pair == "BTC/USDT"
