"""Topics: the order of trades that arrive on several threads, and what makes a status message due."""

from __future__ import annotations

import sys
import threading
from decimal import Decimal

from onebook.v1 import market_data_pb2 as pb
from server.market.market import Market
from server.model import Pair, Side, Trade, TradesState
from server.publish.epoch import Epoch
from server.publish.source import Overflow
from server.publish.topics import BookChoice, StatusTopic
from server.publish.trade_topic import TradeTopic

VENUES = ("alpha", "beta", "gamma")
EACH = 1000


class Reader:
    """Takes every event at once."""

    def __init__(self, topic: TradeTopic) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.payloads: list[bytes] = []
        self._ring = topic.ring

    def deliver(self, payload: bytes) -> None:
        self.payloads.append(payload)

    def overrun(self) -> None:
        raise AssertionError("overrun")

    def gone(self, reason: str) -> None:
        raise AssertionError(reason)

    def broken(self, reason: str) -> None:
        raise AssertionError(reason)

    def drain(self) -> None:
        """Takes what is left, one after another."""
        known = -1
        while len(self.payloads) != known:
            known = len(self.payloads)
            self._ring.next(self)


def test_sequence_is_the_order_on_the_wire() -> None:
    assert len(VENUES) * EACH < TradeTopic.RING
    topic = TradeTopic(Market(Pair("BTC", "USDT"), VENUES, lambda _: None), Epoch.now(), ())
    reader = Reader(topic)
    topic.ring.join(reader)
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
