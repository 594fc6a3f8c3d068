"""A real gRPC server over markets whose books the tests fill by hand."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import grpc
import pytest

from onebook.v1 import analytics_pb2_grpc as analytics_stubs
from onebook.v1 import history_pb2_grpc as history_stubs
from onebook.v1 import market_data_pb2_grpc as stubs
from orderbook_ext import OrderBook
from server.analytics.engine import AnalyticsEngine
from server.analytics.quotes.compute import Terms
from server.analytics.settings import AnalyticsSettings
from server.api.access import Access
from server.api.analytics import Analytics as AnalyticsService
from server.api.compat import Compat
from server.api.history import HistoryCalls
from server.api.market_data import MarketData
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.streams import Streams
from server.api.topics import Topics
from server.history_source.history import History
from server.market.market import Market
from server.model import Instrument, Pair, VenueState
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from tests.transport.servers import TRANSPORTS, served

from .passes import Passes

VENUES = ("alpha", "beta", "gamma")
LIMIT = 12
Failure: Any = grpc.RpcError
"""What a failed call raises; its code() and details() are not in the stubs."""


class Rig:
    """A server without feeds."""

    def __init__(
        self,
        transport: str,
        heartbeat: float = 5.0,
        limit: int = LIMIT,
        pairs: Sequence[str] = ("BTC/USDT", "ETH/USDT"),
        topics: int = 8,
        access: Access | None = None,
        channelz: bool = False,
        stall_limit: float = 120.0,
        history: History | None = None,
    ) -> None:
        self.dispatcher = Dispatcher(Epoch.now(), heartbeat, stall_limit)
        self.markets = {pair: Market(pair, VENUES, self.dispatcher.book_changed) for pair in map(Pair.parse, pairs)}
        for market in self.markets.values():
            self.dispatcher.add_market(market)
        self.fees = {"alpha": Decimal("0.001")}
        self.instruments: dict[str, Instrument] = {}
        """By venue: lots and minimums of quotes."""
        self.streams = Streams(limit)
        self.limits = RequestLimits(streams=limit)
        reader = RequestReader(self.markets, 10, Decimal(0), self.limits)
        self.history = history
        self.analytics = AnalyticsEngine(
            AnalyticsSettings(),
            self._emit,
            self.dispatcher.book_changed,
            self.dispatcher.follow_updates,
        )
        self.dispatcher.listen(self.analytics)
        if history is not None:
            history.listener.analytics = self.analytics
            self.dispatcher.listen(history.listener)
        past = PastStreams(history, self.dispatcher.epoch)
        self.passes = Passes(self.dispatcher)
        kept = Topics(self.dispatcher, topics, reader.default_choice)
        services = [
            MarketData(reader, kept, {}, self.analytics, past).service(),
            AnalyticsService(reader, kept, self.analytics, Terms(self.fees, self.instrument), past).service(),
            HistoryCalls(reader, self.dispatcher.epoch, history).service(),
            Compat(reader, kept).service(),
        ]
        self.services = services
        self.access = access or Access()
        self.server = served(transport, services, self.streams, limit, access, channelz, stall_limit)
        self.dispatcher.start()
        self.server.start()
        self.channel: Any = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.stub: Any = stubs.MarketDataServiceStub(self.channel)
        self.prices: Any = analytics_stubs.AnalyticsServiceStub(self.channel)
        self.past: Any = history_stubs.HistoryServiceStub(self.channel)

    def _emit(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        if self.history is not None:
            self.history.listener.emit(market, source, venue, event, receive_time)
        self.dispatcher.publisher.emit(market, source, venue, event, receive_time)

    @property
    def btc(self) -> Market:
        return self.markets[Pair("BTC", "USDT")]

    def fill(
        self,
        venue: str,
        bid: str,
        ask: str,
        size: str = "1.000",
        market: Market | None = None,
        decimals: int = 2,
        monotonic: int = 3_000,
    ) -> None:
        """Makes a venue live with a book of one level a side, and waits until that is published."""
        market = market or self.btc
        entry = market.entries[venue]
        book = OrderBook(decimals, 3, lock=market.lock)
        book.load([(bid, size)] if bid else [], [(ask, size)] if ask else [])
        with market.consistency_lock:
            entry.book = book
            entry.stamp(1_000, 2_000, monotonic, 77)
            entry.state = VenueState.LIVE
        market.changed()
        self.passes.settle()

    def instrument(self, venue: str, _market: Market) -> Instrument | None:
        return self.instruments.get(venue)

    def close(self) -> None:
        self.channel.close()
        self.server.stop(0.2)
        self.dispatcher.stop(2)


@pytest.fixture(params=TRANSPORTS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    rig = Rig(request.param)
    yield rig
    rig.close()


@pytest.fixture(params=TRANSPORTS)
def lively(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """With heartbeats ten times a second."""
    rig = Rig(request.param, heartbeat=0.1)
    yield rig
    rig.close()
