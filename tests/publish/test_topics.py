"""Topics: the order of trades that arrive on several threads, and what makes a status message due."""

from __future__ import annotations

import sys
import threading
from decimal import Decimal

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from server.codes import Code
from server.market.market import Market
from server.model import Pair, Side, Trade, TradesState
from server.publish.channel import Overflow
from server.publish.epoch import Epoch
from server.publish.event_topic import EventTopic
from server.publish.topic_table import TopicTable
from server.publish.topics import BookChoice, StatusTopic
from server.publish.trade_topic import TradeTopic

VENUES = ("alpha", "beta", "gamma")
EACH = 1000


class Reader:
    """Takes every event at once."""

    def __init__(self, topic: TradeTopic) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.in_flight_since = 0.0
        self.payloads: list[bytes] = []
        self._ring = topic.buffer

    def deliver(self, payload: bytes) -> None:
        self.payloads.append(payload)

    def end(self, code: Code, reason: str) -> None:
        raise AssertionError(code, reason)

    def drain(self) -> None:
        """Takes what is left, one after another."""
        known = -1
        while len(self.payloads) != known:
            known = len(self.payloads)
            self._ring.next(self)


def test_sequence_is_the_order_on_the_wire() -> None:
    assert len(VENUES) * EACH < TradeTopic.CAPACITY
    topic = TradeTopic(Market(Pair("BTC", "USDT"), VENUES, lambda _: None), Epoch.now(), ())
    reader = Reader(topic)
    topic.buffer.join(reader)
    trade = Trade("BTCUSDT", "1", Decimal("1.5"), Decimal(2), Side.BUY, 1)

    def publish(venue: str) -> None:
        for _ in range(EACH):
            topic.publish(venue, trade, 1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=publish, args=(venue,)) for venue in VENUES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    reader.drain()
    sequences = [pb.StreamTradesResponse.FromString(payload).trade.header.sequence for payload in reader.payloads]
    assert sequences == list(range(1, len(VENUES) * EACH + 1))


def test_a_status_topic_changes_with_the_state_of_trades() -> None:
    market = Market(Pair("BTC", "USDT"), VENUES, lambda _: None)
    topic = StatusTopic(market, Epoch.now(), 0.0, BookChoice(1, Decimal(0)))
    topic.publish()
    assert not topic.changed()
    for state in (TradesState.WAITING, TradesState.MUTE):
        market.entries["beta"].trades_state = state
        assert topic.changed()
        status = pb.StreamVenueStatusResponse.FromString(topic.encode_once()).status
        assert [quality.trades_state for quality in status.venues] == [0, state, 0]
        assert not topic.changed()


class Failing(StatusTopic):
    """Fails when it is told to: the message, and even the one that says so."""

    broken = False
    speechless = False

    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        if self.broken:
            raise RuntimeError("the encoder is broken")
        return super()._encode(monotonic, sequence, heartbeat)

    def withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        if self.speechless:
            raise RuntimeError("and cannot say so")
        return super().withheld(header, reason)


class Watcher:
    """Takes every state at once."""

    def __init__(self, topic: Failing) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.in_flight_since = 0.0
        self.statuses: list[types_pb2.VenueStatus] = []
        self.ended = ""
        self._slot = topic.channel
        self._slot.join(self)

    def deliver(self, payload: bytes) -> None:
        self.statuses.append(pb.StreamVenueStatusResponse.FromString(payload).status)
        self._slot.next(self)

    def end(self, code: Code, reason: str) -> None:
        assert code is Code.UNAVAILABLE
        self.ended = reason


def failing() -> tuple[TopicTable, Failing]:
    market, table = Market(Pair("BTC", "USDT"), VENUES, lambda _: None), TopicTable(oldest=10_000_000_000)
    table.add(market)
    topic = table.state("key", lambda: Failing(market, Epoch.now(), 0.0, BookChoice(1, Decimal(0))))
    assert isinstance(topic, Failing)
    return table, topic


def test_a_state_that_is_old_is_not_given_to_a_new_subscriber() -> None:
    table, topic = failing()
    assert topic.channel.version == 1
    table.state("key", lambda: topic)
    assert topic.channel.version == 1, "it is of now"
    topic.channel.published_at -= 11_000_000_000
    table.state("key", lambda: topic)
    assert topic.channel.version == 2


def test_a_publication_that_failed_leaves_nothing_current() -> None:
    table, topic = failing()
    watcher = Watcher(topic)
    assert [quality.detail for quality in watcher.statuses[-1].venues] == [""] * 3
    topic.broken = True
    topic.publish()
    assert isinstance(topic.failure, RuntimeError)
    assert watcher.statuses[-1].header.sequence == 2
    assert {quality.state for quality in watcher.statuses[-1].venues} == {types_pb2.VENUE_STATE_SUSPECT}
    assert "RuntimeError" in watcher.statuses[-1].venues[0].detail
    topic.publish(heartbeat=True)
    assert watcher.statuses[-1].header.heartbeat
    topic.broken = False
    table.state("key", lambda: topic)
    assert topic.failure is None
    assert watcher.statuses[-1].venues[0].state == types_pb2.VENUE_STATE_CONNECTING


def test_a_stream_of_which_nothing_can_be_said_ends() -> None:
    table, topic = failing()
    watcher = Watcher(topic)
    topic.broken = topic.speechless = True
    topic.publish()
    assert "could not be made" in watcher.ended
    assert len(topic.channel) == 0
    topic.broken = False
    table.state("key", lambda: topic)
    assert Watcher(topic).statuses[-1].header.sequence == 2


def test_an_event_that_cannot_be_told_is_counted_by_the_next_one() -> None:
    market = Market(Pair("BTC", "USDT"), VENUES, lambda _: None)
    topic = TradeTopic(market, Epoch.now(), ())
    reader = Reader(topic)
    topic.buffer.join(reader)
    topic.lost("beta", 5)
    gap = pb.StreamTradesResponse.FromString(reader.payloads[-1]).gap
    assert (gap.venue, gap.missing) == ("beta", 1)
    EventTopic.lost(topic, "beta", 6)
    trade = Trade("BTCUSDT", "1", Decimal("1.5"), Decimal(2), Side.BUY, 1)
    topic.publish("beta", trade, 7)
    reader.drain()
    told = [pb.StreamTradesResponse.FromString(payload).trade for payload in reader.payloads[1:]]
    assert [(each.trade_id, each.dropped) for each in told] == [("1", 1)]
