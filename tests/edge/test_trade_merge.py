"""Trades of several ingesters: each once, and the gaps that are none where another one has the trades."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from server.edge.book_follower import SILENT
from server.edge.trade_merge import TradeMerge
from server.model import Trade, TradeGap

from .records import gap, trade

A, B = 1, 2


def merge(*, consecutive: bool = True, both: bool = True) -> TradeMerge:
    made = TradeMerge(consecutive=consecutive)
    made.coverage.note(A, 1, True, 0)
    if both:
        made.coverage.note(B, 1, True, 0)
    return made


def test_each_trade_comes_once() -> None:
    made = merge()
    assert [len(made.offer(trade(7, epoch=epoch), 0)) for epoch in (A, B, A)] == [1, 0, 0]


def test_a_gap_of_the_only_ingester_is_passed_on() -> None:
    made = merge(both=False)
    made.offer(trade(7), 0)
    assert made.offer(gap("7", "9", missing=1, received=9), 0) == [TradeGap("7", "9", 1)]


def test_a_gap_that_another_ingester_fills_is_none() -> None:
    made = merge()
    made.offer(trade(7), 0)
    assert made.offer(gap("7", "9", missing=1, received=9), 0) == []


def test_a_gap_of_both_is_passed_on() -> None:
    made = merge()
    made.offer(trade(7, epoch=A), 0)
    made.offer(trade(7, epoch=B), 0)
    assert made.offer(gap("7", "9", epoch=A, received=9), 0) == []
    assert made.offer(gap("7", "9", epoch=B, received=9), 0) == [TradeGap("7", "9", 0)]


def test_what_an_ingester_lost_on_its_way_into_the_topic_is_a_gap() -> None:
    made = merge(both=False)
    made.offer(trade(7), 0)
    found = made.offer(trade(12, dropped=4), 0)
    assert found[0] == TradeGap("", "12", 0)
    assert isinstance(found[1], Trade)


def test_a_successor_without_overlap_leaves_a_gap_between_its_first_trade_and_the_last_one() -> None:
    made = merge(both=False)
    made.offer(trade(7), 0)
    assert made.pass_on(made.coverage.note(A, 10, False, 1)) == []
    assert made.pass_on(made.coverage.note(B, 20, True, 2)) == []
    assert made.offer(trade(12, epoch=B), 3)[0] == TradeGap("7", "12", 4)


def test_the_gap_is_known_after_the_first_trade_too() -> None:
    made = merge(both=False)
    made.offer(trade(7), 0)
    made.coverage.note(B, 20, True, 1)
    made.offer(trade(12, epoch=B), 1)
    made.coverage.end(A)
    assert made.pass_on(made.coverage.tick(2)) == [TradeGap("7", "12", 4)]


def test_the_gap_of_a_successor_comes_before_its_first_trade_and_once() -> None:
    """Its first trade is read before its first book."""
    made = merge(both=False)
    made.offer(trade(7), 0)
    assert made.pass_on(made.coverage.tick(SILENT + 1)) == [], "the ingester is gone"
    assert made.offer(trade(12, epoch=B), SILENT + 2)[0] == TradeGap("7", "12", 4)
    assert len(made.offer(trade(13, epoch=B), SILENT + 3)) == 1
    assert made.pass_on(made.coverage.note(B, 20, True, SILENT + 4)) == []
    # What the ingester itself misses later is for it to say.
    lost = made.coverage.note(B, 30, False, SILENT + 5) + made.coverage.note(B, 40, True, SILENT + 6)
    assert made.pass_on(lost) == []


def test_ids_that_follow_one_another_have_no_gap_and_names_tell_nothing() -> None:
    for consecutive, expected in ((True, []), (False, [TradeGap("7", "8", 0)])):
        made = merge(both=False, consecutive=consecutive)
        made.offer(trade(7), 0)
        made.pass_on([*made.coverage.note(A, 10, False, 1), *made.coverage.note(B, 20, True, 2)])
        assert made.offer(trade(8, epoch=B), 3)[:-1] == expected


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_order_of_two_ingesters_records_brings_every_trade_once(seed: int) -> None:
    """Each loses some trades and says so; all come again, in an order of chance."""
    chance = random.Random(seed)
    made, records, sent = merge(), [], set()
    for epoch in (A, B):
        for number in range(1, 200):
            if chance.random() < 0.1:
                continue
            sent.add(str(number))
            at = number + chance.random() * 5
            records += [(at + n * 3, trade(number, epoch=epoch)) for n in range(1 + (chance.random() < 0.3))]
    records.sort(key=lambda each: each[0])
    found = [each.trade_id for _, seen in records for each in made.offer(seen, 0) if isinstance(each, Trade)]
    assert len(found) == len(set(found))
    assert set(found) == sent
