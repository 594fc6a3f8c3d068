"""What the publisher leaves to its own thread."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from server.market.market import Market
from server.model import Pair, Side, Trade
from server.publish import publisher as module
from server.publish.publisher import Publisher
from server.publish.topics import Epoch, TradeTopic

TRADE = Trade("X", "1", Decimal("1.5"), Decimal(2), Side.BUY, 1)


def make() -> tuple[Publisher, Market, TradeTopic]:
    publisher = Publisher(Epoch.now())
    market = Market(Pair("BTC", "USDT"), ("alpha",), publisher.changed)
    publisher.add(market)
    return publisher, market, publisher.trade_topic(market, (), lambda: TradeTopic(market, publisher.epoch, ()))


def test_feeds_neither_encode_nor_send_trades() -> None:
    publisher, market, topic = make()
    for _ in range(3):
        publisher.trade(market, "alpha", TRADE, 1)
    assert topic.ring.version == 0, "the feed's thread only leaves them"
    publisher.start()
    deadline = time.monotonic() + 10
    while topic.ring.version < 3:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    publisher.stop(5)


def test_waiting_trades_are_bounded_and_losses_are_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PENDING_TRADES", 2)
    publisher, market, topic = make()
    for _ in range(5):
        publisher.trade(market, "alpha", TRADE, 1)
    publisher._publish_trades()
    assert topic.ring.version == 2
    assert "3 trades were lost" in caplog.text
