"""The words of the server: pairs and their spellings, steps, trades in base units, and numbers of the contract."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.v1 import types_pb2
from server.errors import ConfigError
from server.model import Instrument, Pair, Side, Trade, TradesState, VenueState, by_spelling, decimals_of

BTC = Pair("BTC", "USDT")


def instrument(**fields: Any) -> Instrument:
    values: dict[str, Any] = {"tick": Decimal("0.01"), "lot": Decimal("0.001"), **fields}
    return Instrument(pair=BTC, symbol="S", status="TRADING", trading=True, **values)


def trade(price: str, size: str, trade_id: str = "7") -> Trade:
    return Trade("S", trade_id, Decimal(price), Decimal(size), Side.BUY, 5)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("BTC/USDT", "BTC/USDT"),
        ("btc/usdt", "BTC/USDT"),
        (" BTC-usdt\n", "BTC/USDT"),
        ("AAPLx/USD", "AAPLx/USD"),
        ("币安人生/USDT", "币安人生/USDT"),
        ("1INCH/USDT", "1INCH/USDT"),
    ],
)
def test_pairs_keep_their_spelling(text: str, pair: str) -> None:
    assert str(Pair.parse(text)) == pair
    assert Pair.parse(pair) == Pair.parse(text)


@pytest.mark.parametrize("text", ["", "BTC", "BTC/", "/USDT", "BTC/USDT/X", "BTC/US DT", "\u202eA/USD", "BTC-US-DT"])
def test_what_is_no_pair(text: str) -> None:
    with pytest.raises(ConfigError, match="was not BASE/QUOTE, such as BTC/USDT"):
        Pair.parse(text)


def test_a_pair_of_one_asset_and_long_text_in_errors() -> None:
    with pytest.raises(ConfigError, match="names the same asset twice"):
        Pair.parse("btc/BTC")
    with pytest.raises(ConfigError) as caught:
        Pair.parse("Z" * 5000)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_text_is_a_pair_or_a_config_error(base: str, quote: str) -> None:
    try:
        pair = Pair.parse(f"{base}/{quote}")
    except ConfigError:
        return
    assert Pair.parse(str(pair)) == pair
    assert pair.folded == Pair.parse(str(pair).lower()).folded


def test_the_exact_spelling_comes_before_another_one() -> None:
    known = {Pair("AAPLX", "USD"): 1, Pair("AAPLx", "USD"): 2}
    assert by_spelling(known, Pair("AAPLx", "USD")) == 2
    assert by_spelling(known, Pair("aaplx", "usd")) == 1
    assert by_spelling(known, BTC) is None


@pytest.mark.parametrize(
    ("step", "decimals"), [("0.01", 2), ("0.0100", 2), ("1", 0), ("1E+2", 0), ("5E-8", 8), ("0", 0), ("2.5", 1)]
)
def test_digits_that_multiples_of_a_step_need(step: str, decimals: int) -> None:
    assert decimals_of(Decimal(step)) == decimals
    item = instrument(tick=Decimal(step), lot=Decimal(step))
    assert (item.price_decimals, item.size_decimals) == (decimals, decimals)


def test_trades_in_base_units() -> None:
    spot = trade("50000", "0.5")
    assert spot.in_base(instrument()) is spot
    assert trade("50000", "3").in_base(instrument(contract=Decimal("0.01"))).size == Decimal("0.03")
    inverse = instrument(contract=Decimal(100), inverse=True)
    assert trade("30000", "1").in_base(inverse).size == Decimal("0.00333333"), "rounded down"
    assert trade("30000", "1").in_base(inverse).exchange_time == 5
    assert trade("1", "1", "0042").number == 42


@pytest.mark.parametrize(
    ("ours", "contract", "prefix"),
    [
        (VenueState, types_pb2.VenueState, "VENUE_STATE_"),
        (TradesState, types_pb2.TradesState, "TRADES_STATE_"),
        (Side, types_pb2.AggressorSide, "AGGRESSOR_SIDE_"),
    ],
)
def test_numbers_are_those_of_the_contract(ours: type[IntEnum], contract: Any, prefix: str) -> None:
    numbers = {number: name.removeprefix(prefix) for name, number in contract.items()}
    assert {member.value for member in ours} | {0} == numbers.keys()
    for member in ours:
        if member.value:
            assert member.name == numbers[member.value]
