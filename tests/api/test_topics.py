"""Topics are counted by who made them: no client takes all, and what is there already is never refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from server.api.topics import default_book_channel
from server.model import Pair
from server.publish.topics import BookChoice
from server.transport.grpc import push_stream as push
from tests.waiting import eventually

from .conftest import Rig

pytestmark = pytest.mark.skipif(not push.AVAILABLE, reason="this grpcio lacks the private names")
ALONE = [("grpc.use_local_subchannel_pool", 1)]


@pytest.fixture
def wide() -> Iterator[Rig]:
    """With room for 100 streams and 40 topics."""
    rig = Rig("push", limit=100, topics=40)
    rig.fill("alpha", "99.00", "101.00")
    yield rig
    rig.close()


class Client:
    """With a connection of its own."""

    def __init__(self, rig: Rig) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{rig.server.port}", ALONE)
        self._stub: Any = stubs.MarketDataServiceStub(self._channel)
        self.streams: list[Any] = []

    def book(self, **request: Any) -> str:
        """Why the stream was refused, or empty."""
        stream = self._stub.StreamBook(pb.StreamBookRequest(**request))
        try:
            next(stream)
        except grpc.RpcError as error:
            refusal: Any = error
            assert refusal.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            return str(refusal.details())
        self.streams.append(stream)
        return ""

    def grab(self, most: int, base: int = 0) -> int:
        """As many different topics as it can get."""
        return next((number for number in range(most) if self.book(dust=f"0.{base + number:06d}1")), most)

    def close(self) -> None:
        for stream in self.streams:
            stream.cancel()
        self._channel.close()


def test_one_client_cannot_have_all_topics(wide: Rig) -> None:
    greedy, other = Client(wide), Client(wide)
    assert greedy.grab(50) == 20
    assert greedy.book(dust="0.5").startswith("this client has 20 of the 40 different streams")
    assert other.grab(5, base=1000) == 5
    greedy.close()
    other.close()


def test_a_topic_that_is_there_is_never_refused(wide: Rig) -> None:
    clients = [Client(wide) for _ in range(12)]
    for number, client in enumerate(clients):
        client.grab(50, base=1000 * number)
    assert clients[0].book(dust="0.77")
    assert not clients[0].book(dust="0.0010001"), "another client's"
    for client in clients:
        client.close()


def test_the_default_book_is_never_refused(wide: Rig) -> None:
    clients = [Client(wide) for _ in range(12)]
    for number, client in enumerate(clients):
        client.grab(50, base=1000 * number)
    for client in clients:
        assert not client.book()
        assert not client.book(market="ETH/USDT", min_interval_ms=100)
        client.close()


def test_places_of_topics_come_back(wide: Rig) -> None:
    client = Client(wide)
    assert client.grab(50) == 20
    client.close()
    wide.dispatcher.topics.sweep(2**62)
    again = Client(wide)
    eventually(lambda: not len(wide.streams), "the streams have ended")
    wide.dispatcher.topics.sweep(2**62)
    assert again.grab(50) == 20
    again.close()


def test_trades_have_places_of_their_own(wide: Rig) -> None:
    channel = grpc.insecure_channel(f"127.0.0.1:{wide.server.port}", ALONE)
    stub: Any = stubs.MarketDataServiceStub(channel)
    choices = [["alpha"], ["beta"], ["gamma"], ["alpha", "beta"], ["beta", "gamma"], ["alpha", "gamma"], []]
    streams = [stub.StreamTrades(pb.StreamTradesRequest(venues=venues)) for venues in choices * 2]
    eventually(lambda: len(wide.streams) == len(streams), "all streams are open")
    assert len(wide.dispatcher.topics) == len(choices)
    for stream in streams:
        stream.cancel()
    channel.close()


def test_the_book_of_the_servers_own_options_has_one_channel(wide: Rig) -> None:
    client = Client(wide)
    assert client.book(market="BTC/USDT") == ""
    market = wide.markets[Pair("BTC", "USDT")]
    channel = default_book_channel(wide.dispatcher, market, BookChoice(10, Decimal(0)))
    assert len(channel) == 1, "the stream of the client"
    assert len(wide.dispatcher.topics) == 1
    client.close()
