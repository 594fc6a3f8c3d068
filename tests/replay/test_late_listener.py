"""What happens before a replay's begin is heard by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from server import clock
from server.clock import PlayedClock
from server.market.feed_listener import FeedListener
from server.model import Side, Trade, TradeGap
from server.protocol.candle_source import OpenInterest
from server.replay.late_listener import LateListener
from tests.market.books import market

MARKET = market("A/B")
TRADE = Trade("AB", "1", Decimal(1), Decimal(1), Side.BUY, 5)
INTEREST = OpenInterest(Decimal(1), 5)
CALLS = [name for name in vars(FeedListener) if not name.startswith("_")]


class Heard(FeedListener):
    def __init__(self) -> None:
        self.calls: list[Any] = []


for _name in CALLS:

    def _heard(self: Heard, *arguments: Any, _name: str = _name) -> None:
        self.calls.append((_name, *arguments[1:]))

    setattr(Heard, _name, _heard)


@pytest.fixture(autouse=True)
def played() -> Iterator[PlayedClock]:
    made = PlayedClock()
    made.install()
    made.set(700, 700)
    yield made
    clock.restore()


def say_all(listener: FeedListener) -> None:
    listener.book_changed(MARKET)
    listener.trade(MARKET, "alpha", TRADE, 6)
    listener.trade_gap(MARKET, "alpha", TradeGap("1", "3", 1), 6)
    listener.open_interest(MARKET, "alpha", INTEREST, 6)
    listener.trade_coverage(MARKET, "alpha", False, 6)
    listener.trade_coverage(MARKET, "alpha", True, 7)


def test_all_is_heard_from_the_begin_on_and_coverage_as_it_is_then() -> None:
    heard = Heard()
    late = LateListener(heard)
    say_all(late)
    assert heard.calls == []
    late.open()
    assert heard.calls == [("trade_coverage", "alpha", True, 700)]
    heard.calls.clear()
    say_all(late)
    assert {name for name, *_ in heard.calls} == set(CALLS)
    assert len(heard.calls) == 6
    assert heard.calls[-1] == ("trade_coverage", "alpha", True, 7)
