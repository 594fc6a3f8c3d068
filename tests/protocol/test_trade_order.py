"""The trades of one message, in the order in which they happened."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.model import Side, Trade
from server.protocol.events import Event, Heartbeat, TradeEvent
from server.protocol.trade_order import in_order
from server.protocol.venue import TradeIds


def trade(number: str, time: int) -> TradeEvent:
    return TradeEvent("s", Trade("S", number, Decimal(1), Decimal(1), Side.BUY, time))


@pytest.mark.parametrize("ids", [TradeIds.CONSECUTIVE, TradeIds.RISING])
def test_numbers_decide(ids: TradeIds) -> None:
    events: list[Event] = [Heartbeat(), trade("10", 5), Heartbeat(), trade("9", 5), trade("8", 7)]
    assert [e.trade.trade_id for e in in_order(events, ids) if isinstance(e, TradeEvent)] == ["8", "9", "10"]
    assert in_order(events, ids)[0] == Heartbeat()
    assert len(in_order(events, ids)) == 5


def test_names_go_by_time_and_of_one_time_by_the_order_of_the_message() -> None:
    newest_first = [trade("d", 3), trade("c", 2), trade("b", 2), trade("a", 1)]
    assert [e.trade.trade_id for e in in_order(newest_first, TradeIds.OPAQUE)] == ["a", "b", "c", "d"]  # type: ignore[union-attr]
    assert list(in_order(newest_first[::-1], TradeIds.OPAQUE)) == newest_first[::-1]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=8))
def test_nothing_is_lost(rows: list[tuple[int, int]]) -> None:
    events = [trade(str(number), time) for number, time in rows]
    for ids in TradeIds:
        assert sorted(map(repr, in_order(events, ids))) == sorted(map(repr, events))
