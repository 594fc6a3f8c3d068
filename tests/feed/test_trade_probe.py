"""Trade streams that say nothing, against the venue's own history."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.feed.trade_probe import TradeProbe
from server.model import Side, Trade
from server.protocol.venue import TradeIds


def trade(number: int) -> Trade:
    return Trade("S", str(number), Decimal(1), Decimal(1), Side.BUY, number * 10**9)


@pytest.mark.parametrize("ids", list(TradeIds))
def test_two_questions_prove_a_stream_mute(ids: TradeIds) -> None:
    probe = TradeProbe(ids, 10.0, 40.0)
    assert not probe.is_due("s", 0, 0.0)
    assert not probe.is_due("s", 0, 9.0)
    assert probe.is_due("s", 0, 10.0)
    assert probe.moved_on("s", 0, [trade(7), trade(5)]) is None, "whose trades those are is not known yet"
    assert not probe.is_due("s", 0, 29.0)
    assert probe.is_due("s", 0, 30.0)
    assert probe.moved_on("s", 0, [trade(7)]) is None, "nobody trades"
    assert probe.moved_on("s", 0, [trade(8), trade(9)]) == trade(9)
    probe.forget("s")
    assert not probe.is_due("s", 0, 31.0)


def test_a_trade_that_comes_ends_the_silence() -> None:
    probe = TradeProbe(TradeIds.CONSECUTIVE, 10.0, 40.0)
    probe.is_due("s", 0, 0.0)
    assert probe.is_due("s", 0, 10.0)
    probe.moved_on("s", 0, [trade(1)])
    assert not probe.is_due("s", 1, 100.0)
    assert probe.moved_on("s", 0, [trade(2)]) is None, "it was asked before the trade came"
    assert probe.moved_on("s", 1, []) is None
    assert probe.moved_on("s", 1, [trade(3)]) is None
    assert not probe.is_due("s", 1, 109.0)


def test_questions_come_more_and_more_seldom() -> None:
    probe = TradeProbe(TradeIds.CONSECUTIVE, 10.0, 40.0)
    probe.is_due("s", 0, 0.0)
    assert [second for second in range(200) if probe.is_due("s", 0, float(second))] == [10, 30, 70, 110, 150, 190]
