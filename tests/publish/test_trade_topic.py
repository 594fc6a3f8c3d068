"""Messages of trades and of gaps between them: mantissas are exact, and a trade that was lost is a gap in its place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.publish.epoch import Epoch
from server.publish.trade_topic import TRADES, TradeTopic

from .reader import Reader


def trade(number: int, price: str = "10.50", size: str = "0.001", side: Side = Side.SELL) -> Trade:
    return Trade("BTCUSDT", str(number), Decimal(price), Decimal(size), side, 1_000 + number)


class Rig:
    """A topic of these venues (none: all) and one reader of it."""

    def __init__(self, *venues: str) -> None:
        self.topic = TradeTopic(Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None), Epoch(7), venues)
        self.reader = Reader(self.topic.buffer)
        self.topic.buffer.join(self.reader)

    def read(self) -> list[pb.StreamTradesResponse]:
        while self.reader.busy:
            self.reader.done()
        return [pb.StreamTradesResponse.FromString(payload) for payload in self.reader.received]


def kind_of(message: pb.StreamTradesResponse) -> str:
    return "gap" if message.HasField("gap") else "trade"


def test_the_fields_of_a_trade() -> None:
    rig = Rig()
    rig.topic.publish("alpha", trade(1), 2_000)
    (message,) = rig.read()
    made = message.trade
    assert (made.market, made.venue, made.trade_id, made.side) == ("BTC/USDT", "alpha", "1", Side.SELL)
    assert (made.price, made.price_exponent, made.size, made.size_exponent) == (1050, -2, 1, -3)
    assert (made.exchange_time_nanos, made.receive_time_nanos) == (1_001, 2_000)
    assert (made.header.exchange_time_nanos, made.header.receive_time_nanos) == (1_001, 2_000)
    assert (made.header.sequence, made.header.epoch, made.header.heartbeat) == (1, 7, False)


def test_a_gap_says_between_which_trades_it_is() -> None:
    rig = Rig()
    rig.topic.publish("alpha", trade(1), 0)
    rig.topic.publish("beta", trade(90), 0)
    rig.topic.publish("alpha", TradeGap("1", "5", 3), 30)
    rig.topic.publish("alpha", TradeGap("", "9", 0), 40)
    gaps = [message.gap for message in rig.read() if message.HasField("gap")]
    assert [(gap.venue, gap.after_trade_id, gap.before_trade_id, gap.missing) for gap in gaps] == [
        ("alpha", "1", "5", 3),
        ("alpha", "1", "9", 0),
    ], "without an id of its own it begins at the last trade that was sent"
    assert [gap.receive_time_nanos for gap in gaps] == [30, 40]


def test_a_trade_that_could_not_be_published_is_a_gap() -> None:
    rig = Rig("alpha")
    rig.topic.publish("alpha", trade(1), 0)
    rig.topic.lost("alpha", 50)
    rig.topic.lost("beta", 50)
    rig.topic.publish("alpha", trade(3), 60)
    messages = rig.read()
    assert [kind_of(message) for message in messages] == ["trade", "gap", "trade"]
    assert (messages[1].gap.after_trade_id, messages[1].gap.missing, messages[1].gap.header.sequence) == ("1", 1, 2)
    assert messages[2].trade.dropped == 0, "it is not counted twice"


def test_only_events_of_its_venues_are_sent() -> None:
    rig = Rig("beta")
    assert rig.topic.sources == (TRADES,)
    for venue in ("alpha", "beta"):
        rig.topic.publish(venue, trade(1), 0)
        rig.topic.publish(venue, TradeGap("1", "3", 1), 0)
    assert [(message.trade.venue or message.gap.venue) for message in rig.read()] == ["beta", "beta"]


def test_a_heartbeat_is_a_trade_without_numbers() -> None:
    rig = Rig()
    assert rig.topic.heartbeat() is None
    (message,) = rig.read()
    assert message.trade.header.heartbeat
    assert (message.trade.market, message.trade.price, message.trade.trade_id) == ("BTC/USDT", 0, "")


@pytest.mark.parametrize("kind", ["trade", "gap"])
def test_what_a_slow_reader_lost_is_said_by_whatever_comes_next(kind: str) -> None:
    rig = Rig()
    rig.topic.publish("alpha", trade(0), 0)
    for number in range(1, rig.topic.CAPACITY + 3):
        rig.topic.publish("alpha", trade(number) if kind == "trade" else TradeGap("", str(number), 1), 0)
    rig.reader.done()
    second = pb.StreamTradesResponse.FromString(rig.reader.received[1])
    assert kind_of(second) == kind
    assert getattr(second, kind).dropped == 2
