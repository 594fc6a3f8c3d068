"""The service of the public aggregators: whatever its clients send, they share one stream per market."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onebook.compat import orderbook_pb2
from orderbook_ext import OrderBook
from server.api.compat import SERVICE, Compat
from server.api.requests import RequestLimits, RequestReader
from server.api.topics import Topics
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.request_errors import RequestError
from tests.publish.reader import Reader


class Rig:
    """Two markets, and room for no topic but those of the server's own book."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher(Epoch.now())
        pairs = (Pair("BTC", "USDT"), Pair("ETH", "BTC"))
        self.markets = {pair: Market(pair, ("alpha",), self.dispatcher.book_changed) for pair in pairs}
        for market in self.markets.values():
            self.dispatcher.add_market(market)
        reader = RequestReader(self.markets, 2, Decimal(0), RequestLimits())
        self.service = Compat(reader, Topics(self.dispatcher, 0, reader.default_choice)).service()

    def open(self, name: str, request: bytes) -> Reader:
        call = self.service.streaming[name]
        channel, overflow = call.open(call.parse(request))
        reader = Reader(channel, overflow)
        channel.join(reader)
        return reader


def test_the_calls_are_those_of_the_contract() -> None:
    rig = Rig()
    contract = orderbook_pb2.DESCRIPTOR.services_by_name["OrderbookAggregator"]
    assert rig.service.name == SERVICE == contract.full_name
    assert set(rig.service.streaming) == set(contract.methods_by_name)
    assert (rig.service.unary, rig.service.listed) == ({}, True)


@pytest.mark.parametrize("name", ["BookSummary", "BookSummaryForSymbol"])
def test_every_spelling_of_a_market_is_the_same_stream(name: str) -> None:
    rig = Rig()
    market = rig.markets[Pair("ETH", "BTC")]
    entry = market.entries["alpha"]
    entry.book, entry.state = OrderBook(2, 3, lock=market.lock), VenueState.LIVE
    entry.book.load([("9.5", "1"), ("9.4", "2"), ("9.3", "3")], [("10", "0.5")], whole=True)
    first = rig.open(name, orderbook_pb2.SymbolRequest(symbol="ethbtc").SerializeToString())
    traded = orderbook_pb2.TradedPair(first="ETH", second="btc")
    second = rig.open(name, orderbook_pb2.PairRequest(traded_pair=traded).SerializeToString())
    assert first.source is second.source
    summary = orderbook_pb2.Summary.FromString(first.received[0])
    assert summary.spread == 0.5
    assert [(each.exchange, each.price) for each in summary.bids] == [("alpha", 9.5), ("alpha", 9.4)]
    assert rig.open(name, b"").source is not first.source


def test_a_market_that_is_not_here() -> None:
    with pytest.raises(RequestError, match="SOLBTC"):
        Rig().open("BookSummary", orderbook_pb2.SymbolRequest(symbol="SOLBTC").SerializeToString())
