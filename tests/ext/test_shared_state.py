"""What the fast lane shares with the state machine: locks, marks, and numbers."""

from __future__ import annotations

import random
import threading
from decimal import Decimal
from types import ModuleType

import pytest

from orderbook_ext import pace, reference
from tests.captures import ROOT
from tests.volume import examples

SECOND = 1_000_000_000


def test_the_consistency_lock_is_reentrant_and_excludes_others(impl: ModuleType) -> None:
    lock, log = impl.ConsistencyLock(), []

    def other() -> None:
        with lock:
            log.append("other")

    thread = threading.Thread(target=other, daemon=True)
    with lock:
        with lock:
            thread.start()
        thread.join(0.1)
        log.append("first")
    thread.join(10)
    assert log == ["first", "other"]


def test_a_lock_that_is_not_held_cannot_be_given_back(impl: ModuleType) -> None:
    lock = impl.ConsistencyLock()
    with pytest.raises(RuntimeError):
        lock.__exit__(None, None, None)
    with lock:
        pass


def test_many_threads_count_together(impl: ModuleType) -> None:
    lock, count = impl.ConsistencyLock(), [0]

    def work() -> None:
        for _ in range(2000):
            with lock, lock:
                seen = count[0]
                count[0] = seen + 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == [8000]


def test_the_numbers_of_the_pace_are_the_same_in_c() -> None:
    text = (ROOT / "orderbook_ext" / "pace.h").read_text()
    for name in ("PAUSES", "FRAMES", "FORGET"):
        assert f"PACE_{name} = {getattr(pace, name)}" in text
    assert f"PACE_LEAST ({pace.LEAST // SECOND} * PACE_SECOND)" in text


def test_both_paces_are_alike(core: ModuleType) -> None:
    choice = random.Random(1)
    for _ in range(examples(200)):
        start = choice.choice([1, 10, 30, 300]) * SECOND + choice.randint(0, 6)
        paces = [module.StreamPace(start) for module in (core, reference)]
        now = choice.choice([0, 5 * SECOND])
        usual = choice.choice([10**6, 10**8, 10**9, 10**10])
        for _ in range(120):
            now += choice.choice([0, usual, usual, usual + 7, 40 * usual, choice.randint(0, 10**11)])
            double = choice.random() < 0.05
            for each in paces:
                each.heard(now)
                if double:
                    each.doublings = min(each.doublings + 1, 3)
            seen = [(each.last, each.busy, each.doublings, each.threshold) for each in paces]
            assert seen[0] == seen[1]


def test_a_threshold_does_not_double_for_ever(core: ModuleType) -> None:
    with pytest.raises(ValueError, match="16 times"):
        core.StreamPace(1).doublings = 17


PRICES = ["100", "100.00", "101", "1E+2", "0.000000000000000001", "-1", "1e40", "99.999"]


@pytest.mark.parametrize("bid", PRICES)
@pytest.mark.parametrize("ask", PRICES)
def test_awaited_prices_are_compared_as_values(impl: ModuleType, bid: str, ask: str) -> None:
    for scale in (0, 2, 9):
        book, awaited = impl.OrderBook(scale, 0), impl.AwaitedPrices()
        book.load([("100", "1"), ("99", "1")], [("101", "1")])
        assert not awaited.seen(book), "nothing is awaited"
        awaited.expect(Decimal(bid), Decimal(ask))
        expected = (Decimal(bid), Decimal(ask)) == (100, 101)
        assert awaited.seen(book) is expected
        assert awaited.waits is not expected
        awaited.clear()
        assert not awaited.waits


def test_an_empty_side_shows_nothing(impl: ModuleType) -> None:
    book, awaited = impl.OrderBook(2, 0), impl.AwaitedPrices()
    book.load([("100", "1")], [])
    awaited.expect(Decimal(100), Decimal(0))
    assert not awaited.seen(book)


def test_subclasses_keep_numbers_of_their_own(impl: ModuleType) -> None:
    class Rule(impl.SequenceState):  # type: ignore[misc, name-defined]
        def __init__(self, start: int) -> None:
            self.start = start
            self.other = start

    rule = Rule(5)
    assert (rule.position, rule.other, rule.start) == (-1, 5, 5)
    numbers = impl.MessageNumbers()
    assert numbers.last is None
    numbers.last = 7
    assert numbers.last == 7
