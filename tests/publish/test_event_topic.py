"""Topics of events: numbers of messages without a hole, what was lost before each, heartbeats that always go out."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from server.market.market import Market
from server.model import Pair
from server.publish.epoch import Epoch
from server.publish.event_topic import EventTopic, orphaned, scaled

from .reader import Reader


class Ids(EventTopic[pb.StreamTradesResponse]):
    """Events are ids of trades."""

    CAPACITY = 3
    repeated: Exception | None = None
    """What a heartbeat fails with."""

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return ("ids",)

    def publish(self, venue: str, event: object, receive_time: int) -> None:
        trade = types_pb2.Trade(header=self._header(receive_time, 5), venue=venue, trade_id=str(event))
        self._send(pb.StreamTradesResponse(trade=trade))

    def _beat(self) -> None:
        if self.repeated is not None:
            raise self.repeated
        super()._beat()

    def _empty(self) -> pb.StreamTradesResponse:
        return pb.StreamTradesResponse(trade=types_pb2.Trade())

    def _body(self, message: pb.StreamTradesResponse) -> types_pb2.Trade:
        return message.trade

    def _parse(self, payload: bytes) -> pb.StreamTradesResponse:
        return pb.StreamTradesResponse.FromString(payload)


class Rig:
    """A topic and one reader of it."""

    def __init__(self, *venues: str) -> None:
        self.market = Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None)
        self.topic = Ids(self.market, Epoch(7), venues)
        self.reader = Reader(self.topic.buffer)
        self.topic.buffer.join(self.reader)

    def read(self) -> list[tuple[str, int, int]]:
        """Id, sequence and number of lost ones of all messages so far."""
        while self.reader.busy:
            self.reader.done()
        trades = [pb.StreamTradesResponse.FromString(payload).trade for payload in self.reader.received]
        assert {trade.header.epoch for trade in trades} <= {7}
        return [(trade.trade_id, trade.header.sequence, trade.dropped) for trade in trades]


def test_what_could_not_be_published_is_counted_by_the_next_message_once() -> None:
    rig = Rig("alpha")
    rig.topic.publish("alpha", 1, 0)
    rig.topic.lost("alpha", 0)
    rig.topic.lost("alpha", 0)
    rig.topic.lost("beta", 0)
    rig.topic.publish("alpha", 2, 0)
    rig.topic.publish("alpha", 3, 0)
    assert rig.read() == [("1", 1, 0), ("2", 2, 2), ("3", 3, 0)]


def test_a_reader_that_is_behind_is_told_how_many_it_lost_of_both_kinds() -> None:
    rig = Rig()
    rig.topic.publish("alpha", 1, 0)
    rig.topic.lost("beta", 0)
    for number in range(2, 8):
        rig.topic.publish("alpha", number, 0)
    lost = [(trade, sequence, dropped) for trade, sequence, dropped in rig.read() if dropped]
    assert rig.read()[0] == ("1", 1, 0)
    assert [(trade, sequence) for trade, sequence, _ in rig.read()[1:]] == [("5", 5), ("6", 6), ("7", 7)]
    assert lost == [("5", 5, 3)], "of the messages 2 to 4; what was lost before 2 went with it"


def test_a_heartbeat_goes_out_also_where_what_it_repeats_fails() -> None:
    rig = Rig()
    assert rig.topic.heartbeat() is None
    rig.topic.repeated = ValueError("no value")
    assert rig.topic.heartbeat() is rig.topic.repeated
    assert rig.read() == [("", 1, 0), ("", 2, 0)]
    headers = [pb.StreamTradesResponse.FromString(payload).trade.header for payload in rig.reader.received]
    assert [header.heartbeat for header in headers] == [True, True]
    assert [header.exchange_time_nanos for header in headers] == [0, 0]


def test_a_topic_of_venues_that_have_all_gone_is_orphaned() -> None:
    rig, everybody = Rig("alpha", "gone"), Rig()
    assert (rig.topic.wants("alpha"), rig.topic.wants("beta"), everybody.topic.wants("beta")) == (True, False, True)
    assert not rig.topic.orphaned
    rig.market.remove_venue("alpha")
    assert rig.topic.orphaned
    for venue in ("alpha", "beta"):
        everybody.market.remove_venue(venue)
    assert not everybody.topic.orphaned, "who names no venue takes those that are to come"
    assert orphaned(["gone"], everybody.market)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", (0, 0)),
        ("-0.00", (0, -2)),
        ("1.50", (150, -2)),
        ("-3E+2", (-300, 0)),
        ("1E+5", (100000, 0)),
        ("9223372036854775807", (9223372036854775807, 0)),
        ("92233720368547758.080", (9223372036854775808, -2)),
    ],
)
def test_scaled_by_hand(value: str, expected: tuple[int, int]) -> None:
    assert scaled(Decimal(value)) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=12))
def test_scaled_is_exact(value: Decimal) -> None:
    mantissa, exponent = scaled(value)
    assert exponent <= 0
    assert Decimal(mantissa).scaleb(exponent) == value
