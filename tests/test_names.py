"""Names of assets and pairs: every script, every spelling, old names, and what is typed back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ConfigError
from server.model import Pair, by_spelling
from server.names import RENAMED, other_names, today
from server.suggestions import suggest


@pytest.mark.parametrize(
    ("typed", "base", "quote"),
    [
        ("btc/usdt", "BTC", "USDT"),
        ("btc-usdt", "BTC", "USDT"),
        (" BTC/usdt ", "BTC", "USDT"),
        ("币安人生/USDT", "币安人生", "USDT"),
        ("AAPLx/USD", "AAPLx", "USD"),
        ("aaplx/usd", "AAPLX", "USD"),
        ("1000SATS/USDT", "1000SATS", "USDT"),
        ("1/USDT", "1", "USDT"),
        ("LUNA2.0/USDT", "LUNA2.0", "USDT"),
        ("1000-CAT/USDT", "1000-CAT", "USDT"),
        ("$ALT/USDC", "$ALT", "USDC"),
        ("weETH/sUSDe", "weETH", "sUSDe"),
    ],
)
def test_pairs_as_venues_list_them(typed: str, base: str, quote: str) -> None:
    pair = Pair.parse(typed)
    assert pair == Pair(base, quote)
    assert Pair.parse(str(pair)) == pair


@pytest.mark.parametrize(
    "typed",
    ["", "BTC", "BTC/", "/USDT", "BTC/USDT/EUR", "BTC USDT", "BTC/US DT", "BTC/USDT\n1", "./-", "A" * 41 + "/USD",
     "BTC/btc", "AAPLx/AAPLX", "a/b?c", "BTC/%24", "\u202eBTC/USDT", "BTC\u200b/USDT", "BTC/\ud800"],
)  # fmt: skip
def test_what_is_no_pair(typed: str) -> None:
    with pytest.raises(ConfigError):
        Pair.parse(typed)


def test_the_exact_spelling_counts_first() -> None:
    known = {Pair("AAPLX", "USD"): 1, Pair("AAPLx", "USD"): 2}
    assert by_spelling(known, Pair("AAPLx", "USD")) == 2
    assert by_spelling(known, Pair("AAPLX", "USD")) == 1
    assert by_spelling(known, Pair("aaplX", "usd")) == 1
    assert by_spelling(known, Pair("AAPL", "USD")) is None


letters = st.characters(categories=["Lu", "Ll", "Lo", "Nd"])
assets = st.text(letters | st.sampled_from("._-$"), min_size=1, max_size=20).filter(
    lambda name: any(letter.isalnum() for letter in name)
)


@given(assets, assets)
def test_what_is_suggested_can_be_typed_back(base: str, quote: str) -> None:
    try:
        pair = Pair.parse(f"{base}/{quote}")
    except ConfigError:
        return
    shown = suggest(Pair(pair.base + "x", pair.quote), [pair])
    assert not shown or Pair.parse(shown).folded == pair.folded
    assert (
        by_spelling({pair: 1}, Pair.parse(str(pair).upper())) == 1
        or str(pair).upper().casefold() != str(pair).casefold()
    )


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_renamed_asset_is_suggested_both_ways(old: str, new: str) -> None:
    assert today(old) == new
    assert suggest(Pair(old, "USDT"), [Pair(new, "USDT"), Pair("BTC", "USDT")]) == f"{new}/USDT" or new == "BTC"
    assert suggest(Pair(new, "USDT"), [Pair(old, "USDT"), Pair("ETH", "USDT")]) == f"{old}/USDT"
    assert old in other_names(new)
    assert suggest(Pair("ETH", old), [Pair("ETH", new), Pair("ETH", "EUR")]) == f"ETH/{new}"
