"""The trades of one stream: the plain next one counts, the same one once, and everything else is left."""

from __future__ import annotations

import gc
import random
import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from orderbook_ext import reference
from orderbook_ext.trades import MAX_REMEMBERED, TRADE_IDS
from tests.volume import examples


def trade(trade_id: Any, time: int = 0) -> Any:
    return SimpleNamespace(trade_id=str(trade_id) if isinstance(trade_id, int) else trade_id, exchange_time=time)


def sequence(impl: ModuleType, ids: str, remembered: int = 100) -> Any:
    made = impl.TradeSequence(impl.ConsistencyLock(), ids, remembered)
    first = trade(10, 10)
    assert made.accept(first) is None
    assert made.remember(first)
    made.last = first
    return made


def test_consecutive_ids_that_jump_are_left(impl: ModuleType) -> None:
    made = sequence(impl, "consecutive")
    assert [made.accept(trade(number)) for number in (11, 12, 12, 10, 14, 13)] == [True, True, False, False, None, True]
    assert made.last.trade_id == "13"


def test_a_late_trade_counts_and_is_not_the_newest(impl: ModuleType) -> None:
    for ids in ("consecutive", "rising"):
        made = sequence(impl, ids)
        assert made.accept(trade(5)) is True
        assert made.last.trade_id == "10"
    made = sequence(impl, "opaque")
    assert made.accept(trade("late", 9)) is True
    assert made.last.trade_id == "10"
    assert made.accept(trade("same time", 10)) is True
    assert made.last.trade_id == "same time"


@pytest.mark.parametrize("ids", TRADE_IDS)
def test_nothing_is_decided_while_something_goes_on(impl: ModuleType, ids: str) -> None:
    made = sequence(impl, ids)
    for flag in ("interrupted", "filling"):
        setattr(made, flag, True)
        assert made.accept(trade(11, 11)) is None
        assert made.accept(trade(10, 10)) is False
        assert not made.has_seen(trade(11, 11))
        setattr(made, flag, False)
    assert made.accept(trade(11, 11)) is True


@pytest.mark.parametrize("odd", ["x", "", "1_0", "+11", " 11", "\u0661\u0661", "1" * 39, "-11", "11.0"])
def test_what_is_no_plain_number_is_left(impl: ModuleType, odd: str) -> None:
    for ids in ("consecutive", "rising"):
        made = sequence(impl, ids)
        assert made.accept(trade(odd)) is None
        made.last = trade(odd)
        assert made.accept(trade(11)) is None


def test_numbers_of_38_digits(impl: ModuleType) -> None:
    made = sequence(impl, "consecutive")
    for digits in (19, 20, 37, 38):
        made.last = trade(10**digits - 3)
        assert made.accept(trade(10**digits - 2)) is True
        assert made.accept(trade("0" * (38 - digits) + str(10**digits - 1))) is True
        assert made.accept(trade(10**digits - 2)) is False


def test_names_whose_times_no_number_of_ours_holds_are_left(impl: ModuleType) -> None:
    made = sequence(impl, "opaque")
    assert made.accept(trade("a", 2**63)) is None
    assert made.accept(trade("a", -(2**63) - 1)) is None
    assert made.accept(trade("a", 2**63 - 1)) is True


def test_arguments_are_checked(impl: ModuleType) -> None:
    lock = impl.ConsistencyLock()
    for remembered in (0, MAX_REMEMBERED + 1):
        with pytest.raises(ValueError):
            impl.TradeSequence(lock, "rising", remembered)
    with pytest.raises(ValueError):
        impl.TradeSequence(lock, "?", 1)
    made = impl.TradeSequence(lock, "rising", 1)
    for call in (made.accept, made.remember, made.has_seen):
        with pytest.raises(TypeError):
            call(SimpleNamespace(trade_id=7, exchange_time=1))
    with pytest.raises(TypeError):
        made.last = SimpleNamespace(trade_id=7, exchange_time=1)
    made.last = None
    assert made.last is None


@pytest.mark.parametrize("ids", TRADE_IDS)
def test_both_decide_alike(core: ModuleType, ids: str) -> None:
    """All calls on streams of both, with rings of all sizes."""
    choice = random.Random(ids)
    for _ in range(examples(150)):
        remembered = choice.choice([1, 2, 3, 7, 63, 64, 65, 200])
        both = [module.TradeSequence(module.ConsistencyLock(), ids, remembered) for module in (core, reference)]
        newest = choice.choice([0, 10**18, 10**37])
        for _ in range(600):
            newest += choice.choice([0, 0, 1, 1, 1, 1, 1, 1, 2])
            number = newest - choice.choice([0, 0, 0, choice.randint(0, 2 * remembered)])
            one = trade(f"{max(0, number):0{choice.choice([1, 1, 1, 3])}}", choice.choice([number, newest]) % 2**60)
            call = choice.choice(["accept"] * 8 + ["remember", "has_seen", "last", "flag"])
            if call == "last":
                for each in both:
                    each.last = one
            elif call == "flag":
                name, value = choice.choice(["interrupted", "filling"]), choice.random() < 0.3
                for each in both:
                    setattr(each, name, value)
            else:
                assert len({getattr(each, call)(one) for each in both}) == 1, (call, one)
            assert both[0].last is both[1].last


def test_two_threads_bring_the_same_trades_once(impl: ModuleType) -> None:
    made, taken = sequence(impl, "consecutive", 50_000), [0, 0, 0]

    def bring(which: int) -> None:
        for number in range(11, 5011):
            while (found := made.accept(trade(number))) is None:
                pass  # The trade before it is the other thread's, which is about to bring it.
            taken[which] += found

    threads = [threading.Thread(target=bring, args=(which,)) for which in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(taken) == 5000
    assert made.last.trade_id == "5010"


def test_ids_are_given_back(core: ModuleType) -> None:
    ids = [f"id-{number}" for number in range(300)]
    before = [sys.getrefcount(each) for each in ids]
    made = core.TradeSequence(core.ConsistencyLock(), "opaque", 128)
    for _ in range(3):
        assert all(made.remember(trade(each)) for each in ids)
    held = [sys.getrefcount(each) for each in ids]
    assert [now - then for now, then in zip(held, before, strict=True)] == [0] * 172 + [1] * 128
    del made
    gc.collect()
    assert [sys.getrefcount(each) for each in ids] == before
