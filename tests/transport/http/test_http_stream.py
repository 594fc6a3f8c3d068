"""Streams over HTTP: what gRPC streams, as server-sent events, bounded for whoever reads slowly."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2 as types
from server.api.calls import Service, Streaming
from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.publish.event_buffer import EventBuffer
from server.transport.http import http_stream
from tests.waiting import eventually

from .http_rig import GET_BOOK, KINDS, SECONDS, SERVED_BY, HttpRig

STREAM_BOOK = "/onebook.v1.MarketDataService/StreamBook"


class Reader:
    """A client that reads events."""

    def __init__(self, rig: HttpRig, path: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", rig.server.port, timeout=SECONDS)
        self.connection.request("GET", path)
        self.answer = self.connection.getresponse()

    def event(self) -> dict[str, str]:
        """The fields of the next event; a comment has an empty name; nothing at the end."""
        found = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": " if not line.startswith(":") else ":")
            found[name] = value
        return found

    def message(self) -> Any:
        return json.loads(self.event()["data"])

    def close(self) -> None:
        self.connection.close()
        self.answer.close()


@pytest.fixture(params=SERVED_BY)
def own(request: pytest.FixtureRequest) -> Iterator[tuple[HttpRig, ConflatedChannel]]:
    """A server whose stream of books reads from a channel of the test."""
    channel = ConflatedChannel()
    service = Service(
        "onebook.v1.MarketDataService",
        streaming={"StreamBook": Streaming(lambda _request: (channel, Overflow.DROP_OLDEST), bytes)},
    )
    rig = HttpRig(services=[service], kind=KINDS[request.param])
    yield rig, channel
    rig.close()


def book(number: int, padding: int = 0) -> bytes:
    response = pb.StreamBookResponse()
    response.book.header.sequence = number
    response.book.market = "x" * padding
    return response.SerializeToString()


def sequence(message: Any) -> int:
    return int(message["book"]["header"]["sequence"])


def test_a_stream_says_what_the_call_says_and_follows(web: HttpRig) -> None:
    reader = Reader(web, f"{STREAM_BOOK}?market=BTC/USDT&levels=1&venues=alpha")
    assert reader.answer.status == 200
    assert reader.answer.headers["content-type"] == "text/event-stream"
    first = reader.message()["book"]
    assert first["bids"] == web.call(GET_BOOK, {"levels": 1, "venues": ["alpha"]}).json()["book"]["bids"]
    web.rig.fill("alpha", "99.00", "101.00")
    while reader.message()["book"]["bids"][0]["price"] != "9900":
        pass
    reader.close()
    eventually(lambda: not len(web.rig.streams), "the place of a client that left is kept")


def test_messages_are_timed_from_their_publication(own: tuple[HttpRig, ConflatedChannel]) -> None:
    rig, channel = own
    reader = Reader(rig, STREAM_BOOK)
    for number in range(1, 4):
        channel.publish(book(number), number)
        assert sequence(reader.message()) == number
        eventually(lambda number=number: rig.server.send_delays.count == number)  # type: ignore[misc]
    assert 0 < rig.server.send_delays.nanos < SECONDS * 1e9
    reader.close()


def test_requests_that_open_nothing(web: HttpRig) -> None:
    for query, status in (
        ("market=DOGE/USD", 404),
        ("levels=x", 400),
        ("levels=1&levels=2", 400),
        ("levels=5000", 400),
    ):
        answer = web.get(f"{STREAM_BOOK}?{query}")
        assert answer.status == status
        assert answer.headers["content-type"] == "application/json"
    assert not len(web.rig.streams)


def test_streams_have_the_limit_of_grpc(own: tuple[HttpRig, ConflatedChannel]) -> None:
    rig, channel = own
    channel.publish(book(1), 1)
    rig.rig.streams.quota.total = 2
    readers = [Reader(rig, STREAM_BOOK) for _ in range(2)]
    answer = rig.get(STREAM_BOOK)
    assert (answer.status, answer.json()["code"]) == (429, "resource_exhausted")
    assert int(answer.headers["retry-after"]) >= 1
    for reader in readers:
        reader.close()
    eventually(lambda: not len(rig.rig.streams))


def test_a_reader_that_does_not_read_gets_the_newest_and_costs_little(own: tuple[HttpRig, ConflatedChannel]) -> None:
    rig, channel = own
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.settimeout(SECONDS)
        link.connect(("127.0.0.1", rig.server.port))
        link.sendall(f"GET {STREAM_BOOK} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        eventually(lambda: len(channel))
        (member,) = channel.members()
        number = 0

        def stuck() -> bool:
            nonlocal number
            number += 1
            channel.publish(book(number, 10_000), time.monotonic_ns())
            since = member.in_flight_since
            time.sleep(0.2)
            return bool(since) and member.in_flight_since == since

        eventually(stuck)
        assert member.cursor < 60, "more than that is on its way to a client that does not read"
        for _ in range(1000):
            number += 1
            channel.publish(book(number, 10_000), time.monotonic_ns())
        last, found = f'"sequence": "{number}"'.encode(), b""
        while last not in found:
            found = found[-100:] + link.recv(65536)
        assert channel.conflated > 900


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell nothing of a connection")
def test_little_that_is_old_waits_for_a_slow_reader(own: tuple[HttpRig, ConflatedChannel]) -> None:
    rig, channel = own
    channel.publish(book(1), 1)
    reader = Reader(rig, STREAM_BOOK)
    assert sequence(reader.message()) == 1
    last = 300
    for number in range(2, last + 1):
        channel.publish(book(number, 1500), 1)
        time.sleep(0.003)
    found = [1]
    while found[-1] != last:
        found.append(sequence(reader.message()))
    assert len(found) < 40, "64 KiB are more"
    reader.close()


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_reader_that_leaves_while_bytes_wait_is_no_defect(
    own: tuple[HttpRig, ConflatedChannel], caplog: pytest.LogCaptureFixture
) -> None:
    rig, channel = own
    channel.publish(book(1, 2_000_000), 1)
    for cut in (False, True):  # By a FIN and, with something unread, by a RST.
        reader = Reader(rig, STREAM_BOOK)
        if cut:
            reader.answer.read(1)
        reader.close()
        eventually(lambda: not len(rig.rig.streams))
    assert not caplog.records


def test_a_stream_that_is_ended_says_why(own: tuple[HttpRig, ConflatedChannel]) -> None:
    rig, channel = own
    channel.publish(book(1), 1)
    reader = Reader(rig, STREAM_BOOK)
    assert sequence(reader.message()) == 1
    channel.close("BTC/USDT was removed")
    event = reader.event()
    assert event["event"] == "end"
    assert json.loads(event["data"]) == {"code": "not_found", "message": "BTC/USDT was removed"}
    assert reader.event() == {}
    reader.close()


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_message_that_is_none_ends_the_stream(
    own: tuple[HttpRig, ConflatedChannel], caplog: pytest.LogCaptureFixture
) -> None:
    rig, channel = own
    channel.publish(b"\xff\xff", 1)
    reader = Reader(rig, STREAM_BOOK)
    assert json.loads(reader.event()["data"])["code"] == "internal"
    assert reader.event() == {}
    reader.close()
    assert "a message could not be sent over HTTP" in caplog.text
    eventually(lambda: not len(channel))


def test_streams_end_when_the_server_stops(own: tuple[HttpRig, ConflatedChannel]) -> None:
    rig, channel = own
    channel.publish(book(1), 1)
    reader = Reader(rig, STREAM_BOOK)
    assert sequence(reader.message()) == 1
    rig.server.stop(5.0)
    event = reader.event()
    assert json.loads(event["data"]) == {"code": "unavailable", "message": "the server is stopping"}
    assert reader.event() == {}
    reader.close()
    assert not len(channel)


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_quiet_stream_shows_that_it_lives(
    own: tuple[HttpRig, ConflatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_stream, "QUIET", 0.05)
    rig, channel = own
    reader = Reader(rig, STREAM_BOOK)
    assert reader.event() == {"": " quiet"}
    channel.publish(book(7), 1)
    while "data" not in (event := reader.event()):
        assert event
    assert sequence(json.loads(event["data"])) == 7
    reader.close()


def test_events_come_in_order_and_losses_are_counted() -> None:
    def marked(payload: bytes, dropped: int) -> bytes:
        response = pb.StreamTradesResponse.FromString(payload)
        response.trade.dropped = dropped
        return response.SerializeToString()

    def trade(number: int) -> bytes:
        return pb.StreamTradesResponse(trade=types.Trade(trade_id=str(number))).SerializeToString()

    buffer = EventBuffer(1000, marked)
    service = Service(
        "onebook.v1.MarketDataService",
        streaming={"StreamTrades": Streaming(lambda _request: (buffer, Overflow.DROP_OLDEST), bytes)},
    )
    rig = HttpRig(services=[service])
    try:
        reader = Reader(rig, "/onebook.v1.MarketDataService/StreamTrades")
        eventually(lambda: len(buffer))
        for number in range(500):
            buffer.publish(trade(number), number)
        assert [reader.message()["trade"]["tradeId"] for _ in range(500)] == [str(number) for number in range(500)]
        (member,) = buffer.members()
        member.end(Code.RESOURCE_EXHAUSTED, "first")
        member.end(Code.INTERNAL, "second")
        assert json.loads(reader.event()["data"])["message"] == "first"
        reader.close()
    finally:
        rig.close()
