"""Sizes in base units as the venue counts them, exactly."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.edge.venue_sizes import rows_of
from server.model import Instrument, Pair


def instrument(contract: str, lot: str = "1", *, inverse: bool = False) -> Instrument:
    return Instrument(Pair("BTC", "USD"), "X", Decimal("0.1"), Decimal(lot), "", True, Decimal(contract), inverse)


def test_sizes_of_spot_venues_are_base_units() -> None:
    assert rows_of(None, -2, -3)(1050, 2) == ("10.50", "0.002")
    assert rows_of(instrument("1"), 0, 2)(7, 3) == ("7", "300")


def test_contracts_are_divided_exactly_or_refused() -> None:
    rows = rows_of(instrument("0.001"), -1, -3)
    assert rows(10, 250) == ("1.0", "250")
    with pytest.raises(ValueError, match="no number of contracts"):
        rows_of(instrument("0.3"), 0, 0)(1, 1)


@given(
    contracts=st.integers(1, 10**7), price=st.integers(1_000, 2_000_000), contract=st.sampled_from(["1", "10", "100"])
)
def test_inverse_contracts_come_back_as_they_were(contracts: int, price: int, contract: str) -> None:
    """Prices from 100 to 200,000 with one decimal, as the venue's book was written in base units."""
    base = (contracts * Decimal(contract) / Decimal(price).scaleb(-1)).quantize(Decimal("1e-8"), ROUND_DOWN)
    row = rows_of(instrument(contract, inverse=True), -1, -8)(price, int(base.scaleb(8)))
    assert Decimal(row[1]) == contracts
