"""UpdateLog: every update of a venue's book, in order; hidden, shown and replaced books; bounded."""

from __future__ import annotations

import gc
from decimal import Decimal
from types import ModuleType
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from orderbook_ext import BookUpdate, UpdateKind
from tests.ext.conftest import load_core

LIVE, SUSPECT = 3, 8
FRAME, SHOWN, REPLACED, HIDDEN = UpdateKind


def make(impl: ModuleType, bids: Any = (), asks: Any = (), state: int = LIVE) -> tuple[Any, Any]:
    """An entry and its book."""
    lock = impl.BookLock()
    entry, book = impl.BookStatus("a", lock), impl.OrderBook(1, 0, lock=lock)
    book.load(bids, asks)
    entry.book, entry.state = book, state
    return entry, book


def kinds(log: Any) -> list[int]:
    updates, lost = log.take()
    assert not lost
    return [update.kind for update in updates]


def test_every_frame_leaves_the_best_levels_in_order(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1"), ("8", "2"), ("7", "3")], [("10", "4")])
    log = impl.UpdateLog(entry, levels=2, capacity=10)
    book.apply([("9.5", "5")], [])
    entry.stamp(100, 101, 5, 7)
    book.apply([("9.5", "0"), ("9", "0")], [("10", "0")])
    entry.stamp(200, 201, 6, 8)
    assert log.waiting == 3
    assert log.take() == (
        [
            BookUpdate(SHOWN, 0, 0, 0, 1, 0, ((90, 1), (80, 2)), ((100, 4),)),
            BookUpdate(FRAME, 100, 101, 7, 1, 0, ((95, 5), (90, 1)), ((100, 4),)),
            BookUpdate(FRAME, 200, 201, 8, 1, 0, ((80, 2), (70, 3)), ()),
        ],
        0,
    )
    assert log.take() == ([], 0)
    assert log.waiting == 0


def test_what_hides_and_shows_and_replaces_the_book(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1")], [("10", "1")], state=SUSPECT)
    log = impl.UpdateLog(entry, levels=5, capacity=20)
    entry.stamp(1, 1, 1, 1)
    assert kinds(log) == [HIDDEN], "frames of a hidden book are nobody's business"
    entry.state = LIVE
    entry.state = LIVE
    entry.stamp(2, 2, 2, 2)
    other = impl.OrderBook(1, 0, lock=entry.lock)
    entry.book = other
    entry.stamp(3, 3, 3, 3)
    entry.state = SUSPECT
    entry.book = book
    entry.state = LIVE
    entry.book = None
    assert kinds(log) == [SHOWN, FRAME, REPLACED, FRAME, HIDDEN, SHOWN, HIDDEN]


def test_a_crossed_book_has_no_levels(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1")], [("10", "1")])
    log = impl.UpdateLog(entry, levels=5, capacity=20)
    book.apply([("10", "1")], [])
    entry.stamp(1, 1, 1, 1)
    entry.state = SUSPECT
    book.apply([("10", "0")], [])
    entry.stamp(2, 2, 2, 2)
    entry.state = LIVE
    updates, _ = log.take()
    assert [(update.kind, len(update.bids)) for update in updates] == [(SHOWN, 1), (HIDDEN, 0), (HIDDEN, 0), (SHOWN, 1)]


def test_what_finds_no_room_is_counted_and_so_is_all_behind_it(impl: ModuleType) -> None:
    entry, _ = make(impl)
    log = impl.UpdateLog(entry, levels=1, capacity=3)
    for number in range(10):
        entry.stamp(number, number, number, number)
    updates, lost = log.take()
    assert ([update.sequence for update in updates], lost) == ([0, 0, 1], 8)
    entry.stamp(50, 50, 50, 50)
    assert [update.sequence for update in log.take()[0]] == [50]


def test_logs_of_one_venue_are_on_their_own(impl: ModuleType) -> None:
    entry, _ = make(impl, [("9", "1"), ("8", "1")], [])
    logs = [impl.UpdateLog(entry, levels=count, capacity=10) for count in (1, 2, 3)]
    entry.stamp(1, 1, 1, 1)
    logs[1].close()
    logs[1].close()
    entry.stamp(2, 2, 2, 2)
    assert [len(log.take()[0]) for log in logs] == [3, 2, 3]
    del logs[0]
    gc.collect()
    entry.stamp(3, 3, 3, 3)
    assert [update.bids for update in logs[1].take()[0]] == [((90, 1), (80, 1))]


@pytest.mark.parametrize(
    ("unit", "inverse", "sizes", "decimals"),
    [("0.01", False, [50, 200], 2), ("100", True, [55_555_555_555, 250_000_000_000], 8), ("10", False, [500, 2000], 0)],
)
def test_sizes_are_base_units(impl: ModuleType, unit: str, inverse: bool, sizes: list[int], decimals: int) -> None:
    entry, _ = make(impl, [("9", "50"), ("8", "200")], [])
    entry.set_unit(unit, inverse=inverse)
    log = impl.UpdateLog(entry, levels=5, capacity=10)
    ((update,), _) = log.take()
    assert [size for _, size in update.bids] == sizes
    assert update.size_decimals == decimals


def test_a_size_without_a_place_in_base_units_hides_the_update(impl: ModuleType) -> None:
    entry, _ = make(impl, [("9", str(2**62))], [])
    entry.set_unit(Decimal(4))
    log = impl.UpdateLog(entry, levels=5, capacity=10)
    assert kinds(log) == [HIDDEN]


@pytest.mark.parametrize(("levels", "capacity"), [(0, 1), (1, 0), (-1, 5), (1001, 1), (1, 65_537)])
def test_bounds(impl: ModuleType, levels: int, capacity: int) -> None:
    entry, _ = make(impl)
    with pytest.raises(ValueError, match="1 to 1000 levels"):
        impl.UpdateLog(entry, levels=levels, capacity=capacity)
    entry.stamp(1, 1, 1, 1)


ROWS = st.lists(st.tuples(st.integers(1, 12).map(str), st.integers(0, 9).map(str)), max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), ROWS, ROWS),
        st.tuples(st.just("load"), ROWS, ROWS),
        st.tuples(st.just("state"), st.sampled_from([LIVE, LIVE, SUSPECT])),
        st.tuples(st.just("swap")),
        st.tuples(st.just("take")),
        st.tuples(st.just("log"), st.integers(1, 4), st.integers(1, 6)),
        st.tuples(st.just("close")),
    ),
    max_size=40,
)


def run(impl: ModuleType, steps: Any, unit: tuple[str, bool] | None) -> list[Any]:
    entry, book = make(impl, [("3", "1")], [("5", "1")])
    if unit is not None:
        entry.set_unit(unit[0], inverse=unit[1])
    logs, seen = [impl.UpdateLog(entry, levels=3, capacity=5)], []
    for number, (name, *arguments) in enumerate(steps):
        if name in ("apply", "load"):
            rows = [[row for row in side if row[1] != "0"] for side in arguments] if name == "load" else arguments
            getattr(book, name)(*rows)
            entry.stamp(number, number, number, number)
        elif name == "state":
            entry.state = arguments[0]
        elif name == "swap":
            book = impl.OrderBook(1, 0, lock=entry.lock)
            book.load([("2", "2")], [("6", "3")])
            entry.book = book
        elif name == "log":
            logs.append(impl.UpdateLog(entry, levels=arguments[0], capacity=arguments[1]))
        elif name == "close":
            logs[-1].close()
        elif name == "take":
            seen += [log.take() for log in logs]
    return seen + [log.take() for log in logs]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([None, ("0.5", False), ("7", True)]))
def test_both_implementations_say_the_same(steps: Any, unit: tuple[str, bool] | None) -> None:
    from orderbook_ext import reference

    core = load_core()
    if core is None:
        pytest.skip("the C core is not built: python setup.py build_ext --inplace")
    assert run(core, steps, unit) == run(reference, steps, unit)
