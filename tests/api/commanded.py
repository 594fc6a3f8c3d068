"""A server of fake venues that takes commands, and a bystander whose streams must not notice."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from onebook.v1 import control_pb2_grpc, types_pb2
from onebook.v1 import market_data_pb2 as data
from onebook.v1 import market_data_pb2_grpc as stubs
from server.analytics.engine import AnalyticsEngine
from server.analytics.settings import AnalyticsSettings
from server.api.access import Access
from server.api.call_rate import SharedRate
from server.api.control import Control
from server.api.market_data import MarketData
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.streams import Streams
from server.api.topics import Topics
from server.market.market import Market
from server.model import Pair
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.registry import Feed, MarketRegistry
from tests.transport.servers import served
from tests.waiting import eventually

from .fake_feed import FakeFeed
from .passes import Passes

Code = grpc.StatusCode
BTC, ETH, SOL = Pair("BTC", "USDT"), Pair("ETH", "USDT"), Pair("SOL", "USDT")
LISTS = {
    "alpha": frozenset({BTC, ETH, SOL}),
    "beta": frozenset({BTC, ETH}),
    "gamma": frozenset({BTC, SOL}),
}
MAX_MARKETS = 4


class Commanded:
    """A server of fake venues that takes commands."""

    def __init__(
        self,
        transport: str,
        enabled: bool = True,
        budget: SharedRate | None = None,
        access: Access | None = None,
    ) -> None:
        access = access if access is not None else Access()
        self.dispatcher = Dispatcher(Epoch.now())
        self.passes = Passes(self.dispatcher)
        self.made: list[FakeFeed] = []
        self.registry = MarketRegistry(
            (BTC, ETH), ("alpha", "beta"), self._make, self.dispatcher, tuple(LISTS), MAX_MARKETS
        )
        for feed in self.registry.feeds.values():
            feed.start()
        self.streams = Streams(50)
        reader = RequestReader(self.registry.markets, 10, Decimal(0), RequestLimits())
        analytics = AnalyticsEngine(AnalyticsSettings(), self.dispatcher.publisher.emit, self.dispatcher.book_changed)
        self.data = MarketData(
            reader,
            Topics(self.dispatcher, 50),
            self.registry.feeds,
            analytics,
            PastStreams(None, self.dispatcher.epoch),
        )
        control = Control(self.registry, enabled, access, budget)
        services = [self.data.service(), control.service()]
        self.server = served(transport, services, self.streams, 50, access)
        self.dispatcher.start()
        self.server.start()
        self.channel: Any = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.stub: Any = stubs.MarketDataServiceStub(self.channel)
        self.control: Any = control_pb2_grpc.ControlServiceStub(self.channel)

    def _make(self, name: str, markets: Mapping[Pair, Market]) -> Feed:
        self.made.append(FakeFeed(name, markets, LISTS[name]))
        return self.made[-1]

    def feed(self, name: str) -> FakeFeed:
        """The newest feed of this name."""
        return next(feed for feed in reversed(self.made) if feed.name == name)

    def fill(self) -> None:
        """Live books everywhere, and published."""
        for name in self.registry.feeds:
            for pair in self.registry.markets.keys() & LISTS[name]:
                self.feed(name).fill(pair, "100.10", "100.30")
        self.passes.settle()

    def close(self) -> None:
        for feed in self.made:
            feed.answers.set()
        self.channel.close()
        self.server.stop(0.2)
        self.dispatcher.stop(2)


class Bystander:
    """Streams of another pair and venue, collected while commands are given. They must not notice."""

    def __init__(self, rig: Commanded) -> None:
        self._rig = rig
        self.books: list[Any] = []
        self.statuses: list[Any] = []
        self.failures: list[str] = []
        self._calls = [
            rig.stub.StreamVenueBook(data.StreamVenueBookRequest(market="ETH/USDT", venue="alpha")),
            rig.stub.StreamBook(data.StreamBookRequest(market="ETH/USDT", venues=["alpha"])),
        ]
        self._threads = [threading.Thread(target=self._collect, args=(call,)) for call in self._calls]

    def _collect(self, call: Any) -> None:
        try:
            for message in call:
                self.books.append(message.book)
        except grpc.RpcError as error:
            if error.code() is not Code.CANCELLED:
                self.failures.append(str(error))

    def __enter__(self) -> Bystander:
        for thread in self._threads:
            thread.start()
        eventually(lambda: len(self.books) == 2)
        return self

    def move(self, price: int) -> None:
        """Its market moves on, and both streams see it."""
        known = len(self.books)
        self._rig.feed("alpha").fill(ETH, f"100.{price}", "100.90")
        eventually(lambda: len(self.books) >= known + 2)

    def __exit__(self, *_: object) -> None:
        for call in self._calls:
            call.cancel()
        for thread in self._threads:
            thread.join()
        assert not self.failures
        for book in self.books:
            assert [(entry.venue, entry.state) for entry in book.venues] == [("alpha", types_pb2.VENUE_STATE_LIVE)]
            assert (len(book.bids), len(book.asks)) == (1, 1)


def states(book: Any) -> dict[str, int]:
    return {entry.venue: entry.state for entry in book.venues}


def next_with(stream: Any, condition: Any, part: str = "book") -> Any:
    """The first message for whose part it holds; states in between may be seen or not."""
    return next(found for message in stream if condition(found := getattr(message, part)))


def details(error: Any) -> Any:
    status = rpc_status.from_call(error)
    assert status is not None
    return status.details[0]


def retry_after(error: Any) -> float:
    status, info = rpc_status.from_call(error), error_details_pb2.RetryInfo()
    assert status is not None
    assert status.details[1].Unpack(info)
    return cast(float, info.retry_delay.ToTimedelta().total_seconds())
