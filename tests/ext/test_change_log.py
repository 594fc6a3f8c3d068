"""ChangeLog: what each update of a venue's book changed; applied in order the changes are the book."""

from __future__ import annotations

import gc
from types import ModuleType
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from orderbook_ext import BookUpdate, UpdateKind
from tests.ext.conftest import load_core
from tests.ext.test_update_log import LIVE, STEPS, SUSPECT, make

FRAME, SHOWN, REPLACED, HIDDEN = UpdateKind


def applied(updates: list[Any], sides: tuple[dict[int, int], dict[int, int]] | None = None) -> Any:
    """The levels after these updates, by price; None: the book is hidden."""
    for update in updates:
        if update.kind == HIDDEN:
            assert not update.bids
            assert not update.asks
            sides = None
            continue
        if update.kind != FRAME:
            sides = {}, {}
        assert sides is not None, "the first update shows the book"
        for side, changes in zip(sides, (update.bids, update.asks), strict=True):
            for price, size in changes:
                assert side.get(price, 0) != size, "a level that did not change is no change"
                side[price] = size
                if not size:
                    del side[price]
    return sides


def test_frames_leave_the_levels_that_they_changed(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1"), ("8", "2"), ("7", "3")], [("10", "4")])
    log = impl.ChangeLog(entry, capacity=10)
    book.apply([("9.5", "5"), ("8", "2")], [])
    entry.stamp(100, 101, 5, 7)
    book.apply([("9.5", "0"), ("9", "2"), ("6", "1")], [("10", "0"), ("11", "1")])
    entry.stamp(200, 201, 6, 8)
    entry.stamp(300, 301, 6, 9)
    assert log.waiting == 4
    assert log.take() == (
        [
            BookUpdate(SHOWN, 0, 0, 0, 1, 0, ((90, 1), (80, 2), (70, 3)), ((100, 4),)),
            BookUpdate(FRAME, 100, 101, 7, 1, 0, ((95, 5),), ()),
            BookUpdate(FRAME, 200, 201, 8, 1, 0, ((95, 0), (90, 2), (60, 1)), ((100, 0), (110, 1))),
            BookUpdate(FRAME, 300, 301, 9, 1, 0, (), ()),
        ],
        0,
    )
    assert log.take() == ([], 0)


def test_a_book_that_is_hidden_is_told_once_and_is_whole_when_it_comes_again(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1")], [("10", "1")], state=SUSPECT)
    log = impl.ChangeLog(entry, capacity=20)
    entry.stamp(1, 1, 1, 1)
    assert log.take() == ([], 0), "it was hidden before, too"
    entry.state = LIVE
    entry.stamp(2, 2, 2, 2)
    entry.book = impl.OrderBook(1, 0, lock=entry.lock)
    entry.state = SUSPECT
    entry.state = SUSPECT
    entry.book = book
    entry.state = LIVE
    updates, _ = log.take()
    assert [update.kind for update in updates] == [SHOWN, FRAME, REPLACED, HIDDEN, SHOWN]
    assert [len(update.bids) for update in updates] == [1, 0, 0, 0, 1]


def test_a_crossed_book_is_hidden_until_it_is_no_longer_crossed(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1")], [("10", "1")])
    log = impl.ChangeLog(entry, capacity=20)
    for size in "10":
        book.apply([("10", size)], [])
        entry.stamp(1, 1, 1, 1)
    updates, _ = log.take()
    assert [(update.kind, len(update.bids)) for update in updates] == [(SHOWN, 1), (HIDDEN, 0), (SHOWN, 1)]


def test_finer_scales_bring_the_whole_book(impl: ModuleType) -> None:
    entry, book = make(impl, [("9", "1")], [("10", "1")])
    log = impl.ChangeLog(entry, capacity=20)
    log.take()
    book.apply([("8.25", "0.5")], [])
    entry.stamp(1, 1, 1, 1)
    assert log.take()[0] == [BookUpdate(REPLACED, 1, 1, 1, 2, 1, ((900, 10), (825, 5)), ((1000, 10),))]


def test_updates_without_a_place_are_counted_and_the_next_one_has_their_changes(impl: ModuleType) -> None:
    entry, book = make(impl)
    log = impl.ChangeLog(entry, capacity=2)
    for number in range(1, 6):
        book.apply([(str(number), "1")], [])
        entry.stamp(number, number, number, number)
    updates, lost = log.take()
    assert ([update.sequence for update in updates], lost) == ([0, 1], 4)
    entry.stamp(9, 9, 9, 9)
    more, lost = log.take()
    assert lost == 0
    assert applied([*updates, *more]) == ({10 * number: 1 for number in range(1, 6)}, {})


def test_a_deep_book_has_all_its_levels(impl: ModuleType) -> None:
    entry, book = make(impl, [(str(price), "1") for price in range(1, 3001)], [])
    log = impl.ChangeLog(entry, capacity=2)
    book.apply([("1", "0")], [])
    entry.stamp(1, 1, 1, 1)
    updates, _ = log.take()
    assert len(updates[0].bids) == 3000
    assert updates[1].bids == ((10, 0),)


@pytest.mark.parametrize(
    ("unit", "inverse", "sizes"), [("0.01", False, [50, 200]), ("100", True, [55_555_555_555, 250_000_000_000])]
)
def test_sizes_are_base_units(impl: ModuleType, unit: str, inverse: bool, sizes: list[int]) -> None:
    entry, _ = make(impl, [("9", "50"), ("8", "200")], [])
    entry.set_unit(unit, inverse=inverse)
    ((update,), _) = impl.ChangeLog(entry, capacity=10).take()
    assert [size for _, size in update.bids] == sizes


def test_a_level_that_is_worth_nothing_in_base_units_is_no_level(impl: ModuleType) -> None:
    entry, book = make(impl, [("900000", "1"), ("8", "200")], [])
    entry.set_unit("0.0001", inverse=True)
    log = impl.ChangeLog(entry, capacity=10)
    book.apply([("900001", "1"), ("900000", "0")], [])
    entry.stamp(1, 1, 1, 1)
    shown, changed = log.take()[0]
    assert ([price for price, _ in shown.bids], changed.bids) == ([80], ())


def test_a_size_without_a_place_in_base_units_hides_the_book(impl: ModuleType) -> None:
    entry, _ = make(impl, [("9", str(2**62))], [])
    log = impl.ChangeLog(entry, capacity=10)
    entry.set_unit("4")
    entry.stamp(1, 1, 1, 1)
    assert [update.kind for update in log.take()[0]] == [SHOWN, HIDDEN]


def test_a_closed_log_keeps_what_waits_and_hears_no_more(impl: ModuleType) -> None:
    entry, _ = make(impl, [("9", "1")], [])
    log, other = (impl.ChangeLog(entry, capacity=5) for _ in range(2))
    log.close()
    log.close()
    entry.stamp(1, 1, 1, 1)
    assert (log.waiting, other.waiting) == (1, 2)
    del other
    gc.collect()
    entry.stamp(2, 2, 2, 2)


@pytest.mark.parametrize("capacity", [0, -1, 65_537])
def test_bounds(impl: ModuleType, capacity: int) -> None:
    entry, _ = make(impl)
    with pytest.raises(ValueError, match="1 to 65536 updates"):
        impl.ChangeLog(entry, capacity=capacity)


def run(impl: ModuleType, steps: Any, unit: tuple[str, bool] | None) -> list[Any]:
    """What the log says, which must be what the book is."""
    entry, book = make(impl, [("3", "1")], [("5", "1")])
    if unit is not None:
        entry.set_unit(unit[0], inverse=unit[1])
    log, seen, sides = impl.ChangeLog(entry, capacity=100), [], None
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
        updates, lost = log.take()
        assert not lost
        seen += updates
        sides = applied(updates, sides)
        best = impl.UpdateLog(entry, levels=1000, capacity=1).take()[0][0]
        expected = (
            None if best.kind == HIDDEN else tuple({p: s for p, s in side if s} for side in (best.bids, best.asks))
        )
        assert sides == expected
    return seen


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([None, ("0.5", False), ("7", True)]))
def test_both_implementations_say_the_same_and_it_is_the_book(steps: Any, unit: tuple[str, bool] | None) -> None:
    from orderbook_ext import reference

    core = load_core()
    if core is None:
        pytest.skip("the C core is not built: python setup.py build_ext --inplace")
    assert run(core, steps, unit) == run(reference, steps, unit)
