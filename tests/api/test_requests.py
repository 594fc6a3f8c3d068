"""What requests name is looked up, defaults are filled in, and limits are applied: each error names its field."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.api.requests import INTERVALS, MAX_NAMES, RequestLimits, RequestReader
from server.codes import Code
from server.market.market import DEFAULT_VWAP_LEVELS, Market
from server.model import Pair
from server.publish.topics import BookChoice
from server.request_errors import RequestError

VENUES = ("alpha", "beta", "gamma")
NAMES = ("BTC/USDT", "BTC/USDC", "USDC/USDT", "BTC/EUR", "AAPLx/USD")
MARKETS = {Pair.parse(name): Market(Pair.parse(name), VENUES, lambda _: None) for name in NAMES}
BTC = MARKETS[Pair("BTC", "USDT")]
READER = RequestReader(MARKETS, 10, Decimal("0.5"), RequestLimits(levels=100))


@pytest.mark.parametrize(
    ("name", "found"),
    [("", "BTC/USDT"), ("BTC/USDC", "BTC/USDC"), (" btc-eur ", "BTC/EUR"), ("AAPLX/usd", "AAPLx/USD")],
)
def test_markets_by_any_spelling(name: str, found: str) -> None:
    assert READER.market(name).name == found


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("BTC/USD", Code.NOT_FOUND, "BTC/USD"),
        ("BTC", Code.INVALID_ARGUMENT, "market: pair 'BTC' was not BASE/QUOTE"),
        ("BTC/btc", Code.INVALID_ARGUMENT, "names the same asset twice"),
    ],
)
def test_markets_that_are_not_here(name: str, code: Code, words: str) -> None:
    with pytest.raises(RequestError, match=words) as caught:
        READER.market(name)
    assert caught.value.code is code


def test_the_first_market_is_and_stays_the_default() -> None:
    markets = dict(list(MARKETS.items())[:2])
    reader = RequestReader(markets, 10, Decimal(0), RequestLimits())
    first = reader.default_market
    del markets[first.pair]
    assert reader.default_market is reader.market("") is first
    assert [each.name for each in reader.markets] == ["BTC/USDC"]


def test_a_choice_fills_in_what_was_not_asked_for() -> None:
    assert READER.choice(BTC, 0, (), None) == BookChoice(10, Decimal("0.5")) == READER.default_choice
    chosen = READER.choice(BTC, 3, ("gamma", "alpha", "gamma"), "0.10", 7, ("usdc", "USDT", "USDC"))
    assert chosen == BookChoice(3, Decimal("0.1"), ("alpha", "gamma"), 7, ("USDC",))
    assert READER.choice(BTC, 0, (), "0").dust == 0
    assert READER.choice(BTC, 0, (), None).vwap_levels == DEFAULT_VWAP_LEVELS


def test_to_name_all_venues_is_not_to_name_none() -> None:
    assert READER.venues(BTC, VENUES) == VENUES
    assert READER.venues(BTC, ()) == ()


@pytest.mark.parametrize(
    ("levels", "venues", "dust", "vwap_levels", "currencies", "words"),
    [
        (101, (), None, 0, (), "levels: at most 100 levels are served, were 101"),
        (1, (), None, 101, (), "vwap_levels: at most 100"),
        (1, (), "-1", 0, (), "dust: expected a decimal from 0"),
        (1, ("alfa",), None, 0, (), "alfa.*alpha"),
        (1, ("alpha",) * (MAX_NAMES + 1), None, 0, (), f"venues: at most {MAX_NAMES} names"),
        (1, (), None, 0, ("USDC",) * (MAX_NAMES + 1), f"quote_currencies: at most {MAX_NAMES} names"),
        (1, (), None, 0, ("GBP",), "quote_currencies: this server has no market BTC/GBP"),
        (1, (), None, 0, ("EUR",), "quote_currencies: this server has no rate between EUR and USDT"),
    ],
)
def test_choices_that_are_refused(
    levels: int, venues: tuple[str, ...], dust: str | None, vwap_levels: int, currencies: tuple[str, ...], words: str
) -> None:
    with pytest.raises(RequestError, match=words):
        READER.choice(BTC, levels, venues, dust, vwap_levels, currencies)


def test_names_in_errors_are_cut() -> None:
    for refused in (
        lambda: READER.venue(BTC, "z" * 5000),
        lambda: READER.foreign(BTC, ["Z" * 5000]),
    ):
        with pytest.raises(RequestError) as caught:
            refused()
        assert len(caught.value.message) < 300


def test_other_currencies_come_with_their_rates() -> None:
    (usdc,) = READER.foreign(BTC, [" usdc "])
    assert (usdc.market.name, usdc.rate.market.name, usdc.rate.currency) == ("BTC/USDC", "USDC/USDT", "USDC")
    assert READER.foreign(BTC, ["USDT"]) == (), "the market's own needs no rate"


def test_one_venues_book_is_without_a_dust_filter() -> None:
    assert READER.venue_choice(BTC, "beta", 0) == BookChoice(10, Decimal(0), ("beta",))
    for venue, words in (("", "venue: was empty; this market has alpha, beta, gamma"), ("betta", "beta")):
        with pytest.raises(RequestError, match=words):
            READER.venue_choice(BTC, venue, 0)


def test_no_venue_stands_for_all_of_them() -> None:
    assert (READER.venue(BTC, ""), READER.venue(BTC, "beta")) == ("", "beta")


@given(st.integers(0, 2**32 - 1))
def test_intervals_are_rounded_up_to_a_shared_step(milliseconds: int) -> None:
    if milliseconds > INTERVALS[-1]:
        with pytest.raises(RequestError, match=f"min_interval_ms: at most 5000 is taken, was {milliseconds}"):
            READER.interval(milliseconds)
        return
    seconds = READER.interval(milliseconds)
    step = round(seconds * 1000)
    assert step in INTERVALS
    assert step >= milliseconds
    assert not [other for other in INTERVALS if milliseconds <= other < step]
