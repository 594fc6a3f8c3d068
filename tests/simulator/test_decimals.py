"""Exact decimal text."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from simulator.decimals import scaled_text, short_text
from simulator.instruments import Instrument, Pair

numbers = st.integers(min_value=0, max_value=10**18)


@given(value=st.integers(min_value=-(10**18), max_value=10**18), decimals=st.integers(min_value=0, max_value=12))
def test_text_is_exact(value: int, decimals: int) -> None:
    assert Decimal(scaled_text(value, decimals)) == Decimal(value).scaleb(-decimals)
    assert Decimal(short_text(value, decimals)) == Decimal(value).scaleb(-decimals)


@given(ticks=numbers, lots=numbers, tick=st.integers(0, 8), lot=st.integers(0, 8))
def test_instruments_pad_to_the_wire(ticks: int, lots: int, tick: int, lot: int) -> None:
    item = Instrument(Pair("BTC", "USDT"), "BTCUSDT", tick, lot, 8, 8)
    assert Decimal(item.price_text(ticks)) == Decimal(ticks).scaleb(-tick)
    assert len(item.price_text(ticks).partition(".")[2]) == 8
    assert len(item.size_text(lots).partition(".")[2]) == 8


def test_whole_dollar_prices_have_no_point() -> None:
    assert Instrument(Pair("BTC", "USD"), "btcusd", 0, 8, 0, 8).price_text(64001) == "64001"
