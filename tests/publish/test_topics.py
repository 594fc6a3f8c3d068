"""Trades of several venues arrive on several threads: their sequence is their order on the wire."""

from __future__ import annotations

import sys
import threading
from decimal import Decimal

from onebook.v1 import market_data_pb2 as pb
from server.market.market import Market
from server.model import Pair, Side, Trade
from server.publish.epoch import Epoch
from server.publish.source import Overflow
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
