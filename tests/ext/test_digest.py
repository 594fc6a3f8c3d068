"""Digests: equal for equal books, different for different books, and the same in C, in Python and in words."""

from __future__ import annotations

from decimal import Decimal
from types import ModuleType
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from orderbook_ext import reference
from orderbook_ext.digest import DIGEST_LEVELS, book_digest, market_digest, mix
from tests.ext.conftest import load_core
from tests.volume import examples

LIVE, SUSPECT = 3, 8
PRICES = st.decimals("0.000001", "99999", places=6)
SIZES = st.decimals("0.00000001", "99999", places=8)
SIDES = st.dictionaries(PRICES, SIZES, max_size=25)
CORE = load_core()
MODULES = [reference] if CORE is None else [reference, CORE]


def make(impl: ModuleType, bids: Any, asks: Any, decimals: tuple[int, int] = (0, 0)) -> tuple[Any, Any]:
    """A live entry and its book."""
    lock = impl.BookLock()
    entry, book = impl.BookStatus("a", lock), impl.OrderBook(*decimals, lock=lock)
    book.load([(f"{price:f}", f"{size:f}") for price, size in bids], [(f"{p:f}", f"{s:f}") for p, s in asks])
    entry.book, entry.state = book, LIVE
    return entry, book


def in_words(sides: list[list[tuple[Decimal, Decimal]]]) -> int:
    """The digest as docs/meanings.md says it, without a word of the code."""
    digest = 0

    def take(word: int) -> None:
        nonlocal digest
        digest = ((digest ^ word) * 0x9E3779B97F4A7C15) % 2**64
        digest ^= digest >> 32

    for levels in sides:
        take(len(levels))
        for level in levels:
            for number in level:
                units = int(number * 10**18) % 2**128
                take(units % 2**64)
                take(units // 2**64)
    return digest or 1


@settings(max_examples=examples(150), deadline=None)
@given(bids=SIDES, asks=SIDES, decimals=st.tuples(st.integers(6, 9), st.integers(8, 9)))
def test_the_digest_is_that_of_the_documents_at_whatever_decimals(
    bids: dict[Decimal, Decimal], asks: dict[Decimal, Decimal], decimals: tuple[int, int]
) -> None:
    best = [sorted(bids.items(), reverse=True)[:10], sorted(asks.items())[:10]]
    for module in MODULES:
        for start in ((0, 0), decimals):
            entry, _ = make(module, bids.items(), asks.items(), start)
            assert entry.digest() == (0, in_words(best))


@settings(max_examples=examples(150), deadline=None)
@given(
    before=SIDES,
    after=SIDES,
    asks=SIDES,
)
def test_a_book_that_was_changed_has_the_digest_of_one_that_was_loaded(
    before: dict[Decimal, Decimal], after: dict[Decimal, Decimal], asks: dict[Decimal, Decimal]
) -> None:
    for module in MODULES:
        entry, book = make(module, before.items(), asks.items())
        entry.digest()
        gone = [(f"{price:f}", "0") for price in before if price not in after]
        book.apply([*gone, *((f"{price:f}", f"{size:f}") for price, size in after.items())], [])
        expected, _ = make(module, after.items(), asks.items())
        assert entry.digest() == expected.digest()


@settings(max_examples=examples(150), deadline=None)
@given(
    side=st.lists(st.tuples(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1)), min_size=1, max_size=10),
    data=st.data(),
)
def test_each_level_that_is_covered_counts(side: list[tuple[int, int]], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(side) - 1))
    field = data.draw(st.integers(0, 1))
    changed = list(side)
    level = list(changed[place])
    level[field] ^= 1 << data.draw(st.integers(0, 62))
    changed[place] = (level[0], level[1])
    assert book_digest([side, []], 8, 3) != book_digest([changed, []], 8, 3)
    assert book_digest([side, []], 8, 3) != book_digest([[], side], 8, 3)
    assert book_digest([side, []], 8, 3) != book_digest([side[:-1], []], 8, 3)
    assert book_digest([side, []], 8, 3) == book_digest([[(p, s) for p, s in side], []], 8, 3)


def test_levels_behind_the_tenth_do_not_count(impl: ModuleType) -> None:
    bids = [(Decimal(100 - i), Decimal(1)) for i in range(DIGEST_LEVELS + 1)]
    assert make(impl, bids, [])[0].digest() == make(impl, bids[:-1], [])[0].digest()
    assert make(impl, bids[:-1], [])[0].digest() != make(impl, bids[:-2], [])[0].digest()


def test_a_hidden_book_has_none_and_an_empty_one_has(impl: ModuleType) -> None:
    entry, _ = make(impl, [], [])
    entry.stamp(1, 2, 3, 44)
    assert entry.digest() == (44, 1)
    entry.state = SUSPECT
    assert entry.digest() == (44, 0)
    entry.state, entry.book = LIVE, None
    assert entry.digest() == (44, 0)


def test_digests_of_a_market_depend_on_what_is_merged_alone(impl: ModuleType) -> None:
    entries = []
    lock = impl.BookLock()
    for name, sequence in (("alpha", 7), ("beta", -1), ("gamma", 9)):
        entry, book = impl.BookStatus(name, lock), impl.OrderBook(1, 1, lock=lock)
        book.load([("9", str(len(name)))], [("10", "1")])
        entry.book, entry.state = book, LIVE
        entry.stamp(0, 0, 0, sequence)
        entries.append(entry)
    entries[2].state = SUSPECT
    expected = market_digest("X/Y", [(entry.name, *entry.digest()) for entry in entries[:2]])
    assert expected == market_digest("X/Y", [(entry.name, *entry.digest()) for entry in entries[1::-1]])
    assert len({expected, market_digest("X/Z", [(e.name, *e.digest()) for e in entries[:2]]), 0}) == 3
    assert market_digest("X/Y", []) == 0
    for order in (entries, entries[::-1]):
        for options in ({"levels": 1}, {"levels": 9, "dust": "100"}):
            view = impl.ConsolidatedView("X/Y", order, **options)
            assert expected.to_bytes(8, "little") in view.encode_book(1, 2, 3, 4)
            assert expected.to_bytes(8, "little") in view.encode_summary(1, 2, 3, 4)


def test_a_chain_is_of_every_frame_of_the_shown_book(impl: ModuleType) -> None:
    entry, book = make(impl, [(Decimal(9), Decimal(1))], [(Decimal(10), Decimal(1))])
    chain = impl.DigestChain(entry)
    assert chain.entry is entry
    assert chain.read() == (0, 0)
    value = 0
    for sequence in (5, 6):
        book.apply([("9", str(sequence))], [])
        entry.stamp(1, 2, 3, sequence)
        value = mix(mix(value, sequence), entry.digest()[1])
        assert chain.read() == (value, sequence - 4)
    entry.state = SUSPECT
    entry.stamp(1, 2, 3, 7)
    entry.state = LIVE
    assert chain.read() == (value, 2), "frames of a hidden book, and what hides and shows it, do not count"
    assert chain.digests_at(6) == (entry.digest()[1],)
    assert chain.digests_at(8) == ()
    chain.close()
    chain.close()
    entry.stamp(1, 2, 3, 8)
    assert chain.read() == (value, 2)


def test_a_chain_keeps_its_newest_states(impl: ModuleType) -> None:
    entry, book = make(impl, [(Decimal(9), Decimal(1))], [])
    chain = impl.DigestChain(entry)
    digests = []
    for number in range(70):
        book.apply([("9", str(number + 1))], [])
        entry.stamp(0, 0, 0, number // 2)
        digests.append(entry.digest()[1])
    assert chain.digests_at(34) == tuple(digests[68:70])
    assert chain.digests_at(3) == tuple(digests[6:8])
    assert chain.digests_at(2) == ()
    entry.state = SUSPECT
    book.load([("5", "5")], [])
    entry.stamp(0, 0, 0, 99)
    assert chain.digests_at(99) == (), "a hidden book has no state"
    entry.state = LIVE
    assert chain.digests_at(99) == (entry.digest()[1],), "a state that a snapshot made is one"
    assert impl.DigestChain(entry).digests_at(99) == (entry.digest()[1],)
    assert chain.read()[1] == 70


def test_logs_and_chains_of_one_entry_end_in_any_order(impl: ModuleType) -> None:
    entry, _ = make(impl, [(Decimal(9), Decimal(1))], [])
    observers = [impl.DigestChain(entry), impl.UpdateLog(entry, levels=1, capacity=9), impl.DigestChain(entry)]
    observers[1].take()
    entry.stamp(1, 1, 1, 1)
    observers[2].close()
    entry.stamp(1, 1, 1, 2)
    observers[0].close()
    entry.stamp(1, 1, 1, 3)
    assert [observers[0].read()[1], len(observers[1].take()[0]), observers[2].read()[1]] == [2, 3, 1]
    del observers[:]
    entry.stamp(1, 1, 1, 4)
