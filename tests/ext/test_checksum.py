"""Checksums as the venues spell them, and books that know how far they are complete."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbook_ext import ChecksumRule, reference
from tests.ext.conftest import load_core

KRAKEN = ChecksumRule(levels=10, spelling="digits", interleaved=False, price_decimals=1, size_decimals=8)
BITFINEX = ChecksumRule(levels=25, spelling="javascript", negative_asks=True)
OKX = ChecksumRule(levels=25, spelling="plain")
FTX = ChecksumRule(levels=100, spelling="python")
RULES = [KRAKEN, BITFINEX, OKX, FTX, ChecksumRule(levels=3, spelling="python", interleaved=False)]

KRAKEN_ASKS = """45285.2/0.1e-2 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.1589066
45291.8/1.54553491 45294.7/0.04454749 45296.1/0.3538 45297.5/0.09945542 45299.5/0.18772827"""
KRAKEN_BIDS = """45283.5/0.1 45283.4/1.54582015 45282.1/0.1 45281.0/0.1 45280.3/1.54592586 45279.0/0.0799
45277.6/0.03310103 45277.5/0.3 45277.3/1.54602737 45276.6/0.15445238"""


def rows(text: str) -> list[list[str]]:
    return [pair.replace("0.1e-2", "0.001").split("/") for pair in text.split()]


# Worked examples of the venues' documents and clients.
@pytest.mark.parametrize(
    ("rule", "bids", "asks", "expected"),
    [
        (KRAKEN, "64001.1/0.0031 64000.0/2", "64001.2/0.05 64001.9/1.2", 1955348306),
        (KRAKEN, KRAKEN_BIDS, KRAKEN_ASKS, 3310070434),
        (BITFINEX, "64001/0.31 64000/2", "64002/0.05 64003/1.2", 3104335566),
        (BITFINEX, "0.0512/0.0000003", "0.0513/4.2", 3100483960),
        (OKX, "64001.1/0.31 64000/2", "64001.2/0.05 64001.9/1.2 64002/0.7", 4152915803),
        (FTX, "19250/1.5 19249.5/0.0001", "19251/0.25", 2065763161),
        (FTX, "0.00006/120000", "0.00012/5", 4165299669),
    ],
)
def test_worked_examples(impl: ModuleType, rule: ChecksumRule, bids: str, asks: str, expected: int) -> None:
    book = impl.OrderBook(2, 3)
    book.load(rows(bids), rows(asks))
    assert book.checksum(rule) == expected


MANTISSAS = st.integers(1, 2**63 - 1)
LEVELS = st.lists(st.tuples(MANTISSAS, MANTISSAS), max_size=6)


@given(bids=LEVELS, asks=LEVELS, price_decimals=st.integers(0, 18), size_decimals=st.integers(0, 18))
def test_spellings_match_the_twin(bids: Any, asks: Any, price_decimals: int, size_decimals: int) -> None:
    books = [module.OrderBook(price_decimals, size_decimals) for module in filter(None, (load_core(), reference))]
    for book in books:
        price, size = 10**price_decimals, 10**size_decimals
        sides = [[(_text(p, price), _text(s, size)) for p, s in side] for side in (bids, asks)]
        book.load(*sides)
    for rule in RULES:
        assert books[0].checksum(rule) == books[-1].checksum(rule)


def _text(mantissa: int, unit: int) -> str:
    width = len(str(unit)) - 1
    return f"{mantissa // unit}.{mantissa % unit:0{width}d}" if width else str(mantissa)


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": 0, "spelling": "plain"},
        {"levels": 1, "spelling": "roman"},
        {"levels": 1, "spelling": "digits", "price_decimals": 19},
    ],
)
def test_rules_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ChecksumRule(**wrong)


def test_a_checksum_takes_a_rule(core: ModuleType) -> None:
    with pytest.raises(TypeError):
        core.OrderBook().checksum("plain")


# -- known depth


def test_a_window_is_complete_as_far_as_it_goes(impl: ModuleType) -> None:
    book = impl.OrderBook(depth=3, window=True)
    book.load([(10, 1), (9, 1), (8, 1)], [(11, 1), (12, 1)], whole=True)
    assert (book.whole, book.lowest_complete_bid, book.highest_complete_ask) == (False, 8, 12)
    book.apply([(10, 2), (11, 1)], [(11, 0), (14, 1), (13, 1)])
    assert (book.lowest_complete_bid, book.highest_complete_ask) == (9, 14)
    assert book.known(2) == (2, 2)
    assert book.known(9) == (3, 3)
    book.apply([(11, 0)], [])
    assert book.lowest_complete_bid == 9


def test_known_levels_of_a_book_from_a_limited_snapshot(impl: ModuleType) -> None:
    book = impl.OrderBook()
    book.load([(10, 1), (9, 1)], [(11, 1), (12, 1)])
    book.apply([(7, 1)], [(13, 1), (14, 1)])
    assert book.known(5) == (2, 2)
    book.apply([(10, 0), (9, 0)], [])
    assert book.known(5) == (0, 2)
    book.load([(10, 1)], [], whole=True)
    assert book.known(5) == (1, 0)


def test_a_window_needs_a_depth(impl: ModuleType) -> None:
    with pytest.raises(ValueError, match="depth"):
        impl.OrderBook(window=True)
