"""Order flow against the model: whole books, withdrawals, returns, replacements, losses, several venues, duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from orderbook_ext import BookLock, BookStatus, BookUpdate, OrderBook, UpdateKind, UpdateLog
from server.analytics.order_flow.compute import (
    FlowWindow,
    TradeFlow,
    VenueFlow,
    flows,
    imbalance_ppb,
    together,
)
from server.model import Side, Trade, VenueState
from tests.analytics.order_flow.model import Model, WholeBook
from tests.volume import examples

Rows = Sequence[tuple[int, int]]
LEVELS = 3
WINDOWS = (5, 20, 1000)
SIDES = {"buy": Side.BUY, "sell": Side.SELL, "unknown": Side.UNKNOWN}


def update(
    bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]], kind: int = UpdateKind.FRAME
) -> BookUpdate:
    return BookUpdate(kind, 0, 0, 0, 0, 0, tuple(bids), tuple(asks))


@pytest.mark.parametrize(
    ("bids", "asks", "expected"),
    [
        ([(9, 5)], [(11, 4)], 0),
        ([(9, 7)], [(11, 4)], 2),
        ([(9, 1)], [(11, 4)], -4),
        ([(10, 3)], [(11, 4)], 3),
        ([(8, 6)], [(11, 4)], -5),
        ([(9, 5)], [(11, 6)], -2),
        ([(9, 5)], [(11, 1)], 3),
        ([(9, 5)], [(10, 3)], -3),
        ([(9, 5)], [(12, 8)], 4),
        ([], [(11, 4)], -5),
        ([(9, 5)], [], 4),
        ([(10, 1)], [(12, 1)], 5),
    ],
)
def test_what_one_update_contributes(bids: Any, asks: Any, expected: int) -> None:
    before = update([(9, 5)], [(11, 4)])
    assert flows(before, update(bids, asks), 1) == [expected * 10**18]
    back = flows(update(bids, asks), before, 1)[0]
    assert back == -expected * 10**18, "what came and left again is no flow"


def test_an_update_that_needs_more_decimals_counts_the_same() -> None:
    before = update([(9, 5)], [(11, 4)])
    wider = BookUpdate(UpdateKind.FRAME, 0, 0, 0, 2, 3, ((900, 5500),), ((1100, 4000),))
    assert flows(before, wider, 1) == [5 * 10**17]


PRICES = st.integers(1, 14).map(lambda number: Decimal(number) / 2)
SIZES = st.sampled_from(["0", "1", "2.5", "0.001", "7"]).map(Decimal)
CHANGES = st.lists(st.tuples(st.sampled_from(["bids", "asks"]), PRICES, SIZES), max_size=4)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.one_of(
            st.tuples(st.just("frame"), CHANGES),
            st.tuples(st.just("frame"), CHANGES),
            st.tuples(st.just("frame"), CHANGES),
            st.tuples(st.just("hide")),
            st.tuples(st.just("show")),
            st.tuples(st.just("replace"), CHANGES),
            st.tuples(st.just("trade"), st.integers(0, 12).map(str), st.sampled_from(list(SIDES)), SIZES.filter(bool)),
        ),
    ),
    max_size=60,
)


class Venue:
    """A real book with its log, and the model beside it."""

    def __init__(self) -> None:
        self.lock = BookLock()
        self.entry = BookStatus("a", self.lock)
        self.book = self.entry.book = OrderBook(1, 3, lock=self.lock)
        self.entry.state = VenueState.SYNCING
        self.log = UpdateLog(self.entry, levels=LEVELS, capacity=1000)
        self.flow = VenueFlow(LEVELS, WINDOWS)
        self.flow.trades.absences.end(0)
        self.model = Model(LEVELS)

    def step(self, time: int, name: str, *arguments: Any) -> None:
        getattr(self, f"_{name}")(time, *arguments)
        updates, lost = self.log.take()
        assert not lost
        for each in updates:
            self.flow.book.update(each, time)

    def _frame(self, time: int, changes: Sequence[tuple[str, Decimal, Decimal]]) -> None:
        sides: dict[str, list[tuple[Decimal, Decimal]]] = {"bids": [], "asks": []}
        for side, price, size in changes:
            sides[side].append((price, size))
            self.model.book.apply(side, price, size)
        self.book.apply(sides["bids"], sides["asks"])
        self.entry.stamp(time, time, time, time)
        if self.model.book.crossed:
            self.entry.state = VenueState.SUSPECT
            self.model.hide(time)
        elif self.entry.state == VenueState.LIVE:
            self.model.frame(time)

    def _hide(self, time: int) -> None:
        self.entry.state = VenueState.GAP
        self.model.hide(time)

    def _show(self, time: int) -> None:
        if self.entry.state != VenueState.LIVE and not self.model.book.crossed:
            self.entry.state = VenueState.LIVE
            self.model.show(time)

    def _replace(self, time: int, changes: Sequence[tuple[str, Decimal, Decimal]]) -> None:
        """A refresh: another book, which is not crossed."""
        book = WholeBook()
        for side, price, size in changes:
            book.apply(side, price + (7 if side == "asks" else 0), size)
        self.book = OrderBook(1, 3, lock=self.lock)
        self.book.load(list(book.bids.items()), list(book.asks.items()))
        self.entry.book = self.book
        self.model.replace(time, book)

    def _trade(self, time: int, trade_id: str, side: str, size: Decimal) -> None:
        self.flow.trades.add(Trade("S", trade_id, Decimal(5), size, SIDES[side], time), time)
        self.model.trade(time, trade_id, side, size)

    def check(self, now: int) -> list[FlowWindow]:
        windows = self.flow.window_values(now)
        for window in windows:
            by_level, updates, partial, volumes, trades = self.model.window(window.start, now)
            assert list(window.by_level) == by_level
            assert (window.updates, window.partial, window.trades) == (updates, partial, trades)
            assert (window.buy_volume, window.sell_volume) == (volumes["buy"], volumes["sell"])
            assert window.unknown_volume == volumes["unknown"]
            assert (window.coverage_ppm < 1_000_000) <= window.partial
        shown = self.flow.book.shown
        assert (shown is not None) == (self.entry.state == VenueState.LIVE)
        return windows


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=3))
def test_windows_are_those_of_the_model(venues: list[Any]) -> None:
    rigs, time = [Venue() for _ in venues], 100
    for number in range(max(map(len, venues))):
        for rig, steps in zip(rigs, venues, strict=True):
            if number < len(steps):
                passed, (name, *arguments) = steps[number]
                time += passed
                rig.step(time, name, *arguments)
        found = [rig.check(time) for rig in rigs]
        for whole, *parts in zip(together(found), *found, strict=True):
            expected = [sum((part.by_level[rank] for part in parts), Decimal(0)) for rank in range(LEVELS)]
            assert list(whole.by_level) == expected
            assert whole.buy_volume == sum(part.buy_volume for part in parts)
            assert whole.updates == sum(part.updates for part in parts)
            assert whole.partial == any(part.partial for part in parts)
            assert whole.coverage_ppm == min(part.coverage_ppm for part in parts)


def test_a_book_that_returns_elsewhere_is_not_flow() -> None:
    rig = Venue()
    rig.step(1, "frame", [("bids", Decimal(5), Decimal(1)), ("asks", Decimal(6), Decimal(1))])
    rig.step(2, "show")
    rig.step(3, "hide")
    rig.step(4, "frame", [("bids", Decimal("5.5"), Decimal(7))])
    rig.step(5, "show")
    rig.step(6, "frame", [("bids", Decimal("5.5"), Decimal(9))])
    short, *_ = rig.check(6)
    assert short.by_level[0] == 2
    assert short.partial


def test_lost_updates_are_a_hole_and_not_flow() -> None:
    flow = VenueFlow(1, (10, 100))
    flow.book.update(update([(9, 5)], [(11, 4)], UpdateKind.SHOWN), 1000)
    flow.book.update(update([(9, 6)], [(11, 4)]), 1050)
    flow.book.lost(1050)
    assert flow.window_values(1055)[0].partial
    flow.book.update(update([(2, 60)], [(11, 4)]), 1060)
    flow.book.update(update([(2, 61)], [(11, 4)]), 1070)
    short, long = flow.window_values(1075)
    assert (short.by_level, short.partial, short.coverage_ppm) == ((Decimal(1),), False, 1_000_000)
    assert (long.by_level, long.partial, long.coverage_ppm) == ((Decimal(2),), True, 650_000)


def test_a_book_that_is_replaced_by_an_equal_one_is_whole() -> None:
    flow = VenueFlow(1, (10,))
    flow.book.update(update([(9, 5)], [(11, 4)], UpdateKind.SHOWN), 1000)
    wider = BookUpdate(UpdateKind.REPLACED, 0, 0, 0, 2, 1, ((900, 50),), ((1100, 40),))
    flow.book.update(wider, 1020)
    assert not flow.window_values(1021)[0].partial
    flow.book.update(update([(9, 6)], [(11, 4)], UpdateKind.REPLACED), 1025)
    (window,) = flow.window_values(1026)
    assert (window.partial, window.by_level, window.coverage_ppm) == (True, (Decimal(0),), 1_000_000)


def test_trades_that_are_none_are_left_out() -> None:
    trades = TradeFlow(100)
    for number, size in enumerate(("1", "1e-40", "-1", "2.5")):
        trades.add(Trade("S", str(number), Decimal(1), Decimal(size), Side.BUY, 5), 5)
    assert trades.refused == 2
    assert trades.sums.since(0) == ((35 * 10**35, 0, 0), 2)


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        ("1", "1", 0),
        ("3", "1", 500_000_000),
        ("0", "2", -(10**9)),
        ("2", "0", 10**9),
        ("0", "0", None),
        ("1", "2", -333_333_333),
    ],
)
def test_imbalance(bid: str, ask: str, expected: int | None) -> None:
    assert imbalance_ppb(Decimal(bid), Decimal(ask)) == expected
