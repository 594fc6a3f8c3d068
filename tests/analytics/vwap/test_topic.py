"""Messages of trade VWAPs: one per trade of the window, with what was lost before it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.vwap.compute import TradeVwap, TradeWindow
from server.analytics.vwap.runtime import VwapEvent, WindowChoice
from server.analytics.vwap.topic import TradeVwapTopic, trade_vwap
from server.model import Side, Trade
from server.publish.epoch import Epoch
from tests.publish.reader import Reader

from ..call_context import CallRig


def value(*trades: tuple[str, str]) -> TradeVwap:
    """Of these prices and sizes."""
    window = TradeWindow(10)
    for number, (price, size) in enumerate(trades, 1):
        window.add(Trade("S", str(number), Decimal(price), Decimal(size), Side.BUY, number))
    return window.value()


def topic(rig: CallRig, choice: WindowChoice) -> TradeVwapTopic:
    return TradeVwapTopic(rig.engine.of(rig.market), Epoch(7), choice)


def test_the_fields_of_a_value() -> None:
    made = pb.TradeVwap()
    trade_vwap(made, value(("10", "1"), ("11", "2.50")))
    assert Decimal(made.vwap).scaleb(made.vwap_exponent) == pytest.approx(Decimal("10.714285714286"))
    assert (made.trades, made.volume, made.quote_volume) == (2, "3.5", "37.5")
    assert (made.first_trade_time_nanos, made.last_trade_time_nanos, made.last_trade_id) == (1, 2, "2")
    assert not made.has_gap


def test_a_window_without_trades_has_no_price() -> None:
    made = pb.TradeVwap()
    trade_vwap(made, value())
    assert not made.HasField("vwap")
    assert (made.trades, made.first_trade_time_nanos) == (0, 0)


def test_events_become_messages_in_order_and_heartbeats_repeat_the_value() -> None:
    rig, choice = CallRig(), WindowChoice("alpha", 5)
    made = topic(rig, choice)
    assert (made.sources, made.wants("alpha"), made.wants("beta")) == ((choice,), True, False)
    reader = Reader(made.buffer)
    made.buffer.join(reader)
    made.publish("alpha", VwapEvent(choice, value(("10", "1")), 40), 50)
    reader.done()
    made.lost("alpha", 60)
    made.lost("beta", 60)
    made.publish("alpha", VwapEvent(choice, value(("10", "1"), ("12", "1")), 70), 80)
    reader.done()
    assert made.heartbeat() is None
    messages = [pb.StreamTradeVwapResponse.FromString(payload).vwap for payload in reader.received]
    headers = [each.header for each in messages]
    assert [(each.sequence, each.exchange_time_nanos, each.receive_time_nanos) for each in headers] == [
        (1, 40, 50),
        (2, 70, 80),
        (3, 0, 0),
    ]
    assert [each.heartbeat for each in headers] == [False, False, True]
    assert [each.dropped for each in messages] == [0, 1, 0], "one event of its venue could not be published"
    assert {each.header.epoch for each in messages} == {7}
    assert {(each.market, each.venue) for each in messages} == {("BTC/USDT", "alpha")}


def test_a_topic_keeps_its_window_filled() -> None:
    rig = CallRig()
    made = topic(rig, WindowChoice("", 2))
    for number in range(1, 4):
        rig.engine.trade(rig.market, "beta", Trade("S", str(number), Decimal(number), Decimal(1), Side.BUY, number), 9)
    answer = pb.StreamTradeVwapResponse.FromString(made.encode_once()).vwap
    assert (answer.trades, answer.last_trade_id, answer.header.sequence) == (2, "3", 0)
    assert Decimal(answer.vwap).scaleb(answer.vwap_exponent) == Decimal("2.5")
    assert [each.venue for each in answer.venues] == ["alpha", "beta"]
