"""Which requests open a stream of server-sent events."""

from __future__ import annotations

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.api.calls import Service, Streaming
from server.api.guard import Guard
from server.publish.channel import ConflatedChannel, Overflow
from server.request_errors import RequestError
from server.transport.http.event_streams import EventStreams
from server.transport.http.http_message import HttpRequest
from server.transport.http.rpc_table import RpcTable

PATH = "/onebook.v1.MarketDataService/StreamBook"
SEEN: list[bytes] = []


def opened(request: bytes) -> tuple[ConflatedChannel, Overflow]:
    SEEN.append(request)
    return ConflatedChannel(), Overflow.DROP_OLDEST


STREAMS = EventStreams(
    RpcTable([Service("onebook.v1.MarketDataService", streaming={"StreamBook": Streaming(opened, bytes)})], Guard())
)


def request(method: str = "GET", path: str = PATH, query: bytes = b"") -> HttpRequest:
    return HttpRequest(method, path, query, [], b"", "unix:")


def test_streams_are_read() -> None:
    found = STREAMS.find(request(query=b"market=BTC/USDT&levels=5"))
    assert found is not None
    assert (found.name, found.framing.content_type) == ("StreamBook", "text/event-stream")
    found.open()
    assert pb.StreamBookRequest.FromString(SEEN.pop()) == pb.StreamBookRequest(market="BTC/USDT", levels=5)


def test_what_opens_none() -> None:
    assert STREAMS.find(request("POST")) is None
    assert STREAMS.find(request(path="/onebook.v1.MarketDataService/GetBook")) is None


@pytest.mark.parametrize("query", [b"levels=1&levels=2", b"market=%FF", b"levels=x", b"nothing=1"])
def test_parameters_that_are_none(query: bytes) -> None:
    found = STREAMS.find(request(query=query))
    assert found is not None
    with pytest.raises(RequestError):
        found.open()
