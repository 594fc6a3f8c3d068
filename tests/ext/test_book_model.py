"""The C book against its Python twin: any sequence of operations leaves both the same."""

from __future__ import annotations

import json
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orderbook_ext import BookError, reference
from tests.ext.conftest import load_core
from tests.ext.frames import BINANCE
from tests.volume import examples

# Ticks around one place, far places that make the window slide, and prices that are no multiple of the tick.
OFFSETS = st.integers(0, 300)
PLACES = st.sampled_from([0, 1, 1000, 60_000, 65_000, 70_000, 131_072, 5_000_000, 2**40, 2**52])
FRACTIONS = st.sampled_from(["", "", "", "", ".5", ".25", ".50", ".000"])
SIZES = st.one_of(
    st.just("0"),
    st.sampled_from(["1", "2.5", "0.00000000", "7", "0.125", "5950000000000", "0.00000001"]),
    st.integers(0, 10**6).map(str),
)
ODD = st.sampled_from(
    ["9223372036854775807", "922337203685477580.7", "0.000000000000000001", "92233720369", "5950000000000.5"]
)
PRICES = st.one_of(
    *[st.builds(lambda place, offset, part: f"{place + offset}{part}", PLACES, OFFSETS, FRACTIONS)] * 8, ODD
)
LEVELS = st.lists(st.tuples(PRICES, SIZES), max_size=40)
RUNS = st.builds(
    lambda place, start, count, step, size: [(str(place + start + i * step), size) for i in range(count)],
    PLACES, OFFSETS, st.integers(100, 400), st.sampled_from([1, 1, 3, 200, -1]), st.sampled_from(["1", "3", "0"]),
).map(lambda rows: [row for row in rows if not row[0].startswith("-")])  # fmt: skip
BATCHES = st.one_of(LEVELS, RUNS, RUNS.map(lambda rows: rows[::-1]))


class Books(RuleBasedStateMachine):
    """One C book and one twin, always asked for the same."""

    @initialize(
        tick=st.sampled_from([None, "1", "0.25", "7", "0.00000001"]),
        depth=st.sampled_from([0, 0, 0, 1, 150, 400]),
        decimals=st.sampled_from([(0, 0), (2, 1), (8, 8)]),
    )
    def make(self, tick: str | None, depth: int, decimals: tuple[int, int]) -> None:
        core = load_core()
        assert core is not None
        self.books = [module.OrderBook(*decimals, tick=tick, depth=depth) for module in (core, reference)]
        self.decoders = [module.FrameDecoder(BINANCE) for module in (core, reference)]

    def both(self, name: str, *arguments: object, **options: object) -> None:
        results = []
        for book in self.books:
            try:
                results.append(getattr(book, name)(*arguments, **options))
            except BookError as error:
                results.append(type(error))
        assert results[0] == results[1]

    @rule(bids=BATCHES, asks=BATCHES, whole=st.booleans())
    def load(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]], whole: bool) -> None:
        self.both("load", bids, asks, whole=whole)

    @rule(bids=BATCHES, asks=BATCHES)
    def apply(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> None:
        self.both("apply", bids, asks)

    @rule(place=PLACES, sign=st.sampled_from(["1", "0"]))
    def move(self, place: int, sign: str) -> None:
        self.both("apply", [(str(place), sign)], [(str(place + 5), sign)])

    @rule(levels=st.lists(st.tuples(st.builds(Decimal, PRICES), st.integers(0, 5)), max_size=5))
    def apply_numbers(self, levels: list[tuple[Decimal, int]]) -> None:
        self.both("apply", levels, [])

    @rule(bids=BATCHES, asks=BATCHES, load=st.booleans())
    def frame(self, bids: list[tuple[str, str]], asks: list[tuple[str, str]], load: bool) -> None:
        frame = json.dumps({"a": asks, "b": bids}, separators=(",", ":")).encode()
        found = [decoder.scan(frame) for decoder in self.decoders]
        assert found[0] == found[1]
        errors = []
        for book, decoder in zip(self.books, self.decoders, strict=True):
            try:
                (book.load_scanned if load else book.apply_scanned)(decoder)
            except BookError as error:
                errors.append(type(error))
        assert errors in ([], [errors[0], errors[0]] if errors else [])

    @rule()
    def delete_all(self) -> None:
        bids, asks = ([(Decimal(price).scaleb(-self.books[1].price_decimals), 0) for price, _ in side]
                      for side in self.books[1].levels())  # fmt: skip
        self.both("apply", bids, asks)

    @rule()
    def clear(self) -> None:
        self.both("clear")

    @rule(levels=st.sampled_from([0, 1, 10, 2000]))
    def read(self, levels: int) -> None:
        for name in ("top", "top_packed", "vwap"):
            self.both(name, levels)
        for name in ("best", "best_bid", "best_ask", "crossed"):
            self.both(name)

    @invariant()
    def same(self) -> None:
        core, twin = self.books
        core.check()
        twin.check()
        for name in ("levels", "counts", "stats"):
            assert getattr(core, name)() == getattr(twin, name)()
        for name in (
            "version",
            "whole",
            "lowest_complete_bid",
            "highest_complete_ask",
            "price_decimals",
            "size_decimals",
        ):
            assert getattr(core, name) == getattr(twin, name), name


Books.TestCase.settings = settings(max_examples=examples(120), stateful_step_count=25, deadline=None)
if load_core() is not None:
    TestBooks = Books.TestCase
else:

    @pytest.mark.skip(reason="the C core is not built")
    def test_books() -> None: ...
