"""Open interest of the records of markets: every value once."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from server.edge.interest_reader import InterestReader
from server.market.market import Market
from server.model import Pair
from server.protocol.candle_source import OpenInterest

from .hearer import Hearer
from .records import VENUE, reference


def test_a_value_is_told_once_and_only_of_markets_that_are_served() -> None:
    pair, heard = Pair("BTC", "USDT"), Hearer()
    registry: Any = SimpleNamespace(markets={pair: Market(pair, (VENUE,), lambda _market: None)})
    reader = InterestReader(registry, heard)
    for said in (
        reference(interest="12.5", received=5), reference(interest="12.5", received=5),
        reference(interest="x", received=6), reference("ETH/USDT", interest="1", received=7),
        reference(interest="1", received=8, venues=("kraken",)), reference(interest="13", received=9),
    ):  # fmt: skip
        reader.take(said)
    assert heard.interest == [(VENUE, OpenInterest(Decimal(value), 0), at) for value, at in (("12.5", 5), ("13", 9))]
