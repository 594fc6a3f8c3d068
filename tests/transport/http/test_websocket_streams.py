"""Streams over a websocket: credits, several streams, tokens, limits and ends; over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from onebook.v1 import market_data_pb2 as pb
from server.api.calls import Service, Streaming
from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.transport.http import websocket_streams
from server.transport.http.websocket_messages import MOST_CREDIT
from tests.waiting import eventually

from .http_rig import KINDS, SERVED_BY, HttpRig
from .websocket_client import BOOK, SUMMARY, client

Own = tuple[HttpRig, ConflatedChannel]


@pytest.fixture(params=SERVED_BY)
def own(request: pytest.FixtureRequest) -> Iterator[Own]:
    """A server whose stream of books reads from a channel of the test."""
    channel = ConflatedChannel()
    streaming = Streaming(lambda _request: (channel, Overflow.DROP_OLDEST), bytes)
    rig = HttpRig(
        services=[Service("onebook.v1.MarketDataService", streaming={"StreamBook": streaming})],
        kind=KINDS[request.param],
    )
    yield rig, channel
    rig.close()


def publish(channel: ConflatedChannel, number: int, padding: int = 0) -> None:
    response = pb.StreamBookResponse()
    response.book.header.sequence = number
    response.book.market = "x" * padding
    channel.publish(response.SerializeToString(), time.monotonic_ns())


def test_without_credit_nothing_is_sent_and_then_the_newest(own: Own) -> None:
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.sequence() == 1
        for number in range(2, 1000):
            publish(channel, number)
        with pytest.raises(TimeoutError):
            reader.socket.recv(0.2)
        reader.say(op="credit", id="a")
        assert reader.sequence() == 999
        assert channel.conflated >= 997


def test_credit_lets_so_many_messages_go(own: Own) -> None:
    rig, channel = own
    with client(rig) as reader:
        reader.subscribe(credit=3)
        eventually(lambda: len(channel))
        for number in range(1, 4):
            eventually(lambda: channel.waits)
            publish(channel, number)
            assert reader.sequence() == number
        publish(channel, 4)
        with pytest.raises(TimeoutError):
            reader.socket.recv(0.2)
        reader.say(op="credit", id="a", messages=2)
        assert reader.sequence() == 4
        publish(channel, 5)
        assert reader.sequence() == 5


def test_messages_that_are_gathered_come_together_and_in_order(own: Own) -> None:
    rig, channel = own
    with client(rig) as reader:
        reader.subscribe(credit=100, gather_ms=300)
        eventually(lambda: len(channel))
        for number in range(1, 21):
            eventually(lambda: channel.waits)
            publish(channel, number)
        found: list[list[int]] = []
        while sum(map(len, found)) < 20:
            found.append([int(each["message"]["book"]["header"]["sequence"]) for each in reader.told()])
        assert [number for each in found for number in each] == list(range(1, 21))
        assert len(found) < 10
        channel.fail("why")
        (last,) = reader.told()
        assert last["end"]["code"] == "unavailable"


def test_one_socket_carries_many_streams(web: HttpRig) -> None:
    with client(web) as reader:
        reader.subscribe("book", BOOK, request={"market": "BTC/USDT", "levels": 1})
        reader.subscribe("summary", SUMMARY, request={"market": "BTC/USDT"})
        reader.subscribe("nothing", BOOK, request={"market": "DOGE/USD"})
        found: dict[str, Any] = {}
        while len(found) < 3:
            told = reader.told()
            found.setdefault(told["id"], told)
        assert "book" in found["book"]["message"]
        assert "message" in found["summary"]
        assert found["nothing"]["end"]["code"] == "not_found"
        eventually(lambda: len(web.rig.streams) == 2)
    eventually(lambda: not len(web.rig.streams), "a client that left keeps its places")


def test_unsubscribe_ends_one_stream(own: Own) -> None:
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        for name in "ab":
            reader.subscribe(name)
            assert reader.sequence() == 1
        reader.say(op="unsubscribe", id="a")
        assert reader.end() == ("canceled", "the client has unsubscribed")
        eventually(lambda: len(rig.rig.streams) == 1)
        reader.subscribe("a")
        assert reader.sequence() == 1, "its ID is free again"
        reader.say(op="subscribe", id="c", call=BOOK)
        reader.say(op="unsubscribe", id="c")
        while (told := reader.told())["id"] != "c" or "end" not in told:
            pass
        eventually(lambda: len(rig.rig.streams) == 2)


@pytest.mark.parametrize("waiting", [False, True])
def test_a_stream_that_is_ended_says_why_also_while_it_waits_for_credit(own: Own, waiting: bool) -> None:
    rig, channel = own
    with client(rig) as reader:
        if waiting:
            publish(channel, 1)
        reader.subscribe()
        eventually(lambda: len(channel))
        if waiting:
            assert reader.sequence() == 1
        channel.close("BTC/USDT was removed")
        assert reader.end() == ("not_found", "BTC/USDT was removed")
        reader.say(op="credit", id="a")
        assert reader.error() == ("not_found", "this socket has no stream 'a'")


def test_a_reader_without_credit_is_seen_as_one_that_reads_nothing(own: Own) -> None:
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.sequence() == 1
        (member,) = channel.members()
        assert member.in_flight_since > 0, "the stall limit of all streams counts from here"
        reader.say(op="credit", id="a")
        eventually(lambda: member.in_flight_since == 0)
        member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")
        assert reader.end()[0] == "resource_exhausted"


def test_bad_messages_are_told_and_cost_nothing(own: Own) -> None:
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.sequence() == 1
        reader.socket.send("{")
        assert reader.error() == ("invalid_argument", "message: is no JSON")
        reader.socket.send(b"\x00\x01")
        assert reader.error() == ("invalid_argument", "message: must be text")
        reader.say(op="credit", id="nobody")
        assert reader.error()[0] == "not_found"
        reader.say(op="unsubscribe", id="nobody")
        assert reader.error()[0] == "not_found"
        reader.subscribe()
        assert reader.error() == ("invalid_argument", "id: 'a' is the ID of a stream of this socket")
        reader.say(op="credit", id="a", messages=MOST_CREDIT)
        reader.say(op="credit", id="a", messages=MOST_CREDIT)
        assert reader.error()[1].startswith("messages: would allow ")
        reader.subscribe("b", request={"levels": "x"})
        assert reader.end()[0] == "invalid_argument"
        reader.subscribe("b", "onebook.v1.MarketDataService/GetBook")
        assert reader.end()[0] == "not_found"
        publish(channel, 2)
        assert reader.sequence() == 2


def test_streams_have_the_limit_of_grpc(own: Own) -> None:
    rig, channel = own
    rig.rig.streams.quota.total = 2
    publish(channel, 1)
    with client(rig) as reader:
        for name in "ab":
            reader.subscribe(name)
            assert reader.sequence() == 1
        reader.subscribe("c")
        code, words = reader.end()
        assert (code, "at most 2 streams" in words) == ("resource_exhausted", True)


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_flood_of_subscriptions_is_bounded(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_streams, "MOST_STREAMS", 5)
    rig, channel = own
    with client(rig) as reader:
        for number in range(500):
            reader.subscribe(str(number))
        refused = [reader.error() for _ in range(495)]
        assert set(refused) == {("resource_exhausted", "a websocket has at most 5 streams")}
        assert len(channel) == 5
    assert rig.get("/health").status == 200


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_flood_of_mistakes_ends_the_socket(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_streams, "MISTAKES", 20)
    monkeypatch.setattr(websocket_streams, "MISTAKES_PER_SECOND", 0.01)
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.sequence() == 1
        for _ in range(21):  # What comes after the last one would cut the socket before its end was read.
            reader.say(op="credit", id="nobody")
        assert {reader.error()[0] for _ in range(20)} == {"not_found"}
        with pytest.raises(ConnectionClosed) as closed:
            reader.told()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "there were too many mistakes")
    eventually(lambda: not len(channel), "its stream has ended")


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_streams_are_opened_one_after_another_where_there_are_many(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_streams, "OPENINGS", 2)
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        began = time.monotonic()
        for number in range(12):
            reader.subscribe("a")
            assert reader.sequence() == 1
            reader.say(op="unsubscribe", id="a")
            assert reader.end()[0] == "canceled", number
        assert time.monotonic() - began > 8 / websocket_streams.OPENINGS_PER_SECOND


@pytest.mark.slow
@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_socket_without_streams_is_closed(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_streams, "REQUEST_WITHIN", 0.3)
    monkeypatch.setattr(websocket_streams, "IDLE", 0.6)
    rig, channel = own
    with client(rig) as silent:
        with pytest.raises(ConnectionClosed) as closed:
            silent.told()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "no stream is open")
    publish(channel, 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.sequence() == 1
        with pytest.raises(TimeoutError):
            reader.socket.recv(1.0)
        reader.say(op="unsubscribe", id="a")
        assert reader.end()[0] == "canceled"
        with pytest.raises(ConnectionClosed):
            reader.told()
    eventually(lambda: not len(rig.server.connections))


def test_streams_end_when_the_server_stops(own: Own) -> None:
    rig, channel = own
    publish(channel, 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.sequence() == 1
        rig.server.stop(5.0)
        assert reader.end() == ("unavailable", "the server is stopping")
        with pytest.raises(ConnectionClosed):
            reader.told()
    assert not len(channel)


@pytest.mark.parametrize("own", ["thread"], indirect=True)
def test_a_message_that_cannot_be_sent_ends_its_stream(own: Own, caplog: pytest.LogCaptureFixture) -> None:
    rig, channel = own
    channel.publish(b"\xff\xff", 1)
    with client(rig) as reader:
        reader.subscribe()
        assert reader.end()[0] == "internal"
    assert "a message could not be sent over HTTP" in caplog.text
