"""The engine's port: what is cut, what is refused, and how it ends."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import psutil
import pytest

from server.api.calls import Service, Unary
from server.api.streams import Streams
from server.errors import ConfigError
from server.publish.channel import ConflatedChannel
from server.transport.limits import MAX_REQUEST_BYTES
from server.transport.native import AVAILABLE
from tests.api.conftest import Failure
from tests.strangers.http2 import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    RESET,
    SETTINGS,
    RawConnection,
    frame,
    header_block,
)  # fmt: skip
from tests.volume import examples
from tests.waiting import eventually

from ..service_rig import ServiceRig, ending, serving_processes

if AVAILABLE:
    from server.transport.native.native_server import NativeServer

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
ECHO = "/a.Service/Echo"


@pytest.fixture
def rig(engine: str) -> Iterator[ServiceRig]:
    made = ServiceRig(engine, ConflatedChannel(), {"Echo": Unary(bytes, bytes)}, limit=200)
    made.publish(b"state")
    yield made
    made.close()


def counters(rig: ServiceRig) -> dict[str, int]:
    return dict(rig.server._engine.counters())  # noqa: SLF001 - no answer shows it


def connecting(port: int) -> int:
    """The error of a new connection, or 0."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port))


def failure(rig: ServiceRig, path: str, request: bytes = b"", **options: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(Failure) as caught:
        rig.client.unary_unary(path)(request, timeout=20, **options)
    return caught.value.code(), caught.value.details()


def test_a_port_that_is_taken_is_named() -> None:
    server = NativeServer([], Streams(1), "127.0.0.1", 0, 1)
    with pytest.raises(ConfigError, match=f"port {server.port} on 127.0.0.1 could not be bound; is another server"):
        NativeServer([], Streams(1), "127.0.0.1", server.port, 1)


def test_localhost_is_both_of_its_addresses() -> None:
    server = NativeServer([Service("a.Service", {"Echo": Unary(bytes, bytes)})], Streams(1), "localhost", 0, 1)
    server.start()
    for address in ("127.0.0.1", "[::1]"):
        with grpc.insecure_channel(f"{address}:{server.port}") as opened:
            channel: Any = opened
            assert channel.unary_unary(ECHO)(b"here", timeout=20) == b"here"
    server.stop(0.1)


def test_what_there_is_not_is_unimplemented(rig: ServiceRig) -> None:
    for path in ("/a.Service/Nothing", "/no.Service/Echo", "/"):
        assert failure(rig, path)[0] is grpc.StatusCode.UNIMPLEMENTED


def test_compressed_requests_are_read(rig: ServiceRig) -> None:
    request = b"BTC/USDT" * 1000
    for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
        assert rig.client.unary_unary(ECHO)(request, timeout=20, compression=compression) == request


def test_the_largest_request_and_one_that_is_larger(rig: ServiceRig) -> None:
    assert len(rig.call("Echo", bytes(MAX_REQUEST_BYTES))) == MAX_REQUEST_BYTES
    code, words = failure(rig, ECHO, bytes(MAX_REQUEST_BYTES + 1))
    assert (code, words) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "a request has at most 65536 bytes")


def test_large_requests_at_once_are_no_flood(engine: str) -> None:
    rig = ServiceRig(engine, unary={"Echo": Unary(bytes, bytes)}, limit=300)
    rig.call("Echo")  # A client that had to wait for the server would send all headers before the first request.
    request = bytes(60_000)
    # Fewer at once than a connection may have without a request: on a busy machine all headers come first.
    for _ in range(2):
        calls = [rig.client.unary_unary(ECHO).future(request, timeout=60) for _ in range(96)]
        assert all(call.result() == request for call in calls)
    assert counters(rig)["calmed"] == 0
    rig.close()


def test_many_small_calls_are_no_flood(engine: str) -> None:
    """A load balancer asks for health, a bot asks for ever: what is answered costs a client nothing."""
    rig = ServiceRig(engine, unary={"Echo": Unary(lambda _request: b"", bytes)})
    with RawConnection(rig.server.port) as busy:
        for round_ in range(1, 31):
            for _ in range(200):
                busy.request(ECHO, bytes(100))
            eventually(lambda: busy.frames[HEADERS] >= 2 * 200 * round_)  # noqa: B023 - looked at at once
    assert counters(rig)["calmed"] == 0
    rig.close()


def test_metadata_that_is_too_large_is_refused_and_the_next_call_is_served(rig: ServiceRig) -> None:
    code, words = failure(rig, ECHO, metadata=(("key", "x" * 9_000),))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "metadata" in words
    assert rig.call("Echo", b"next") == b"next"


def test_a_deadline_ends_a_stream(rig: ServiceRig) -> None:
    stream = rig.client.unary_stream("/a.Service/Read")(b"", timeout=0.5)
    assert next(stream) == b"state"
    assert ending(stream)[0] is grpc.StatusCode.DEADLINE_EXCEEDED
    eventually(lambda: len(rig.streams) == 0)


def test_an_answer_of_megabytes_arrives_whole(rig: ServiceRig) -> None:
    payload = bytes(range(256)) * 8_000
    options = [("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{rig.server.port}", options) as opened:
        channel: Any = opened
        stream: Any = channel.unary_stream("/a.Service/Read")(b"", timeout=30)
        assert next(stream) == b"state"
        rig.publish(payload)
        assert next(stream) == payload
        stream.cancel()


def test_many_streams_on_one_connection_and_their_cancels_leave_nothing(rig: ServiceRig) -> None:
    for _ in range(3):
        streams = [rig.client.unary_stream("/a.Service/Read")(b"", timeout=30) for _ in range(90)]
        assert [next(stream) for stream in streams] == [b"state"] * 90
        for stream in streams:
            stream.cancel()
        eventually(lambda: len(rig.streams) == 0)
    calls = rig.server._calls  # noqa: SLF001 - nothing is left behind
    eventually(lambda: not calls._calls and not len(calls._relays))  # noqa: SLF001 - nothing is left behind


@pytest.mark.slow
def test_streams_that_come_and_go_all_day_leave_no_byte(engine: str) -> None:
    """As many as a bot opens and cancels in a day; memory is looked at once everything is warm."""
    rig = ServiceRig(engine, ConflatedChannel(), limit=200)
    rig.publish(b"state" * 100)
    own, rounds, warm = psutil.Process(), examples(200, 30), 15
    processes = [own, *serving_processes()]
    memory = 0
    for number in range(rounds):
        streams = [rig.client.unary_stream("/a.Service/Read")(b"", timeout=60) for _ in range(60)]
        assert [next(stream) for stream in streams] == [b"state" * 100] * 60
        for stream in streams:
            stream.cancel()
        eventually(lambda: len(rig.streams) == 0)
        if number == warm:
            memory = sum(each.memory_info().rss for each in processes)
    grown = sum(each.memory_info().rss for each in processes) - memory
    calls = rig.server._calls  # noqa: SLF001 - nothing is left behind
    eventually(lambda: not calls._calls and not len(calls._relays))  # noqa: SLF001 - nothing is left behind
    assert counters(rig)["calmed"] == 0, "a busy client is no flood"
    # The client is in this process too: of 60 streams a round, a leak of one would be seen.
    assert grown < 4 << 20, f"{grown} bytes more after {rounds - warm} rounds"
    rig.close()


# -- those who do not speak as they should --------------------------------------------------------------------------


@pytest.mark.slow
def test_who_says_nothing_is_let_go(rig: ServiceRig) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", rig.server.port)) as silent:
        silent.settimeout(20)
        began = time.monotonic()
        while silent.recv(4096):
            pass
        assert time.monotonic() - began < 10


@pytest.mark.slow
def test_a_call_without_a_request_ends_and_only_so_many_are_held(rig: ServiceRig) -> None:
    with RawConnection(rig.server.port) as client:
        for _ in range(150):
            client.call(ECHO)
        eventually(lambda: client.frames[HEADERS] >= 50, "those above 100 are refused at once")
        eventually(lambda: client.frames[HEADERS] == 150, "the others are after five seconds", 20)
        assert rig.call("Echo", b"mine") == b"mine"


def test_in_all_there_are_only_so_many_and_those_of_the_greediest_end(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.transport.native.native_server.HALF_OPEN", 120)
    rig = ServiceRig(engine, unary={"Echo": Unary(bytes, bytes)}, limit=200)
    with RawConnection(rig.server.port) as greedy, RawConnection(rig.server.port) as modest:
        for _ in range(50):
            modest.call(ECHO)
        for _ in range(90):
            greedy.call(ECHO)
        eventually(lambda: greedy.frames[HEADERS] == 90)
        assert modest.frames[HEADERS] == 0
        assert rig.call("Echo", b"mine") == b"mine"
    rig.close()


def flood(kind: str, client: RawConnection, number: int) -> bytes:
    """One piece of the flood."""
    stream = 2 * number + 1
    if kind == "settings":
        return frame(SETTINGS, 0, 0)
    if kind == "pings":
        return frame(PING, 0, 0, bytes(8))
    if kind == "resets":
        return frame(HEADERS, 4, stream, header_block(ECHO)) + frame(RESET, 0, stream, bytes(4))
    if kind == "window updates":
        return frame(8, 0, 0, b"\0\0\0\1")
    if kind == "empty data":
        opened = frame(HEADERS, 4, 1, header_block(ECHO)) if number == 0 else b""
        return opened + frame(DATA, 0, 1)
    if kind == "unknown frames":
        return frame(0xFE, 0, 0, bytes(100))
    if kind == "priority":
        return frame(2, 0, stream, b"\0\0\0\0\x10")
    assert kind == "continuation", client
    return frame(HEADERS, 0, 1, header_block(ECHO)) if number == 0 else frame(CONTINUATION, 0, 1, bytes([0x82]) * 9_000)


FLOODS = ("settings", "pings", "resets", "window updates", "empty data", "priority", "continuation", "unknown frames")


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_is_ended_and_costs_no_memory(rig: ServiceRig, kind: str) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    with RawConnection(rig.server.port) as client:
        with contextlib.suppress(OSError):
            for start in range(0, 60_000, 100):
                client.write(b"".join(flood(kind, client, number) for number in range(start, start + 100)))
                if client.ended.is_set():
                    break
        assert client.ended.wait(20), counters(rig)
    assert process.memory_info().rss - before < 20 << 20
    assert rig.call("Echo", b"mine") == b"mine"


def test_what_is_no_http2_is_let_go(rig: ServiceRig) -> None:
    import socket

    for text in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", bytes(100)):
        with socket.create_connection(("127.0.0.1", rig.server.port)) as stranger:
            stranger.settimeout(20)
            stranger.sendall(text)
            with contextlib.suppress(ConnectionError):
                while stranger.recv(4096):
                    pass
    assert rig.call("Echo", b"mine") == b"mine"


def test_a_server_that_was_never_started_stops() -> None:
    server = NativeServer([], Streams(1), "127.0.0.1", 0, 1)
    port = server.port
    server.stop(5.0)
    del server
    again = NativeServer([], Streams(1), "127.0.0.1", port, 1)
    again.start()
    again.stop(0.1)


# -- the end --------------------------------------------------------------------------------------------------------


def test_nobody_listens_while_the_last_calls_end(engine: str) -> None:
    """A connection that is accepted and closed makes some clients say CANCELLED; none at all is UNAVAILABLE to all."""
    rig = ServiceRig(engine, ConflatedChannel(), {"Echo": Unary(bytes, bytes)})
    with RawConnection(rig.server.port) as last:
        last.call(ECHO)  # Its request does not come: the drain waits for it.
        eventually(lambda: counters(rig)["calls"], "the call")
        stopping = threading.Thread(target=rig.server.stop, args=(20.0,))
        stopping.start()
        eventually(lambda: connecting(rig.server.port) == errno.ECONNREFUSED, "it listens")
        assert counters(rig)["connections"], "the drain did not wait"
    stopping.join(30)
    assert not stopping.is_alive()
    rig.client.close()


def test_a_stop_tells_everybody_and_takes_no_longer_than_it_must(engine: str) -> None:
    rig = ServiceRig(engine, ConflatedChannel(), limit=20)
    rig.publish(b"state")
    streams = [rig.read() for _ in range(5)]
    assert [next(stream) for stream in streams] == [b"state"] * 5
    with RawConnection(rig.server.port) as idle:
        eventually(lambda: counters(rig)["connections"] == 2)
        began = time.monotonic()
        rig.server.stop(5.0)
        assert time.monotonic() - began < 3.0
        assert idle.frames[GOAWAY]
    for stream in streams:
        assert ending(stream) == (grpc.StatusCode.UNAVAILABLE, "the server is stopping")
    rig.client.close()
