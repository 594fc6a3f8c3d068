"""The port that a process serves: what its death costs, what it counts, who may ask, and how it ends."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.api.access import Access
from server.api.streams import Streams
from server.errors import ConfigError
from server.quotas import Peer
from server.transport.http.http_message import JSON
from server.transport.http.processes.remote_http_server import RemoteHttpServer
from tests.api.token_files import Keys, write
from tests.transport.http.http_rig import SECONDS
from tests.transport.http.test_http_server import secured
from tests.transport.test_tls import make, tls
from tests.waiting import eventually

from .conftest import BOOK, STREAM, ProcessRig

pytestmark = pytest.mark.slow

OPEN = f"GET {STREAM} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def stream(rig: ProcessRig) -> socket.socket:
    """A reader of server-sent events whose stream has begun."""
    before = len(rig.rig.streams)
    link = socket.create_connection(("127.0.0.1", rig.server.port), timeout=SECONDS)
    link.sendall(OPEN)
    eventually(lambda: len(rig.rig.streams) > before, "the stream does not begin")
    return link


def read_until(link: socket.socket, wanted: bytes) -> bytes:
    found = b""
    while wanted not in found:
        piece = link.recv(65536)
        assert piece, "the stream was cut"
        found += piece
    return found


def publish(rig: ProcessRig, sequence: int) -> None:
    response = pb.StreamBookResponse()
    response.book.header.sequence = sequence
    rig.channel.publish(response.SerializeToString(), time.monotonic_ns())


def test_a_message_crosses_once_however_many_read(served: ProcessRig) -> None:
    links = [stream(served) for _ in range(5)]
    assert len(served.channel) == 1
    publish(served, 7)
    for link in links:
        assert b'"sequence":"7"' in read_until(link, b"sequence").replace(b" ", b"")
        link.close()
    eventually(lambda: not len(served.rig.streams), "a stream keeps its place")
    assert len(served.channel) == 0


def test_streams_that_open_and_close_at_once_leave_nothing(served: ProcessRig) -> None:
    for _ in range(150):
        with socket.create_connection(("127.0.0.1", served.server.port), timeout=SECONDS) as link:
            link.sendall(OPEN)
    process = served.server.process
    assert process is not None
    eventually(lambda: not len(served.rig.streams) and not process.streams, "a stream keeps its place")
    assert len(served.rig.streams.quota) == len(served.channel) == 0
    assert served.get("/health").status == 200


def test_a_process_that_is_killed_costs_a_reconnect(own: ProcessRig, caplog: pytest.LogCaptureFixture) -> None:
    links = [stream(own) for _ in range(3)]
    with caplog.at_level(logging.ERROR):
        own.kill()
    lines = [each.getMessage() for each in caplog.records if "the process of HTTP" in each.getMessage()]
    assert len(lines) == 1
    assert lines[0].startswith("the process of HTTP ended by signal 9 (Killed); started anew after ")
    assert len(own.rig.streams) == len(own.channel) == len(own.rig.streams.quota) == 0
    for link in links:
        assert not link.recv(65536).endswith(b"\r\n0\r\n\r\n"), "it was cut"
        link.close()
    assert own.get("/health").status == 200
    publish(own, 3)
    with stream(own) as link:
        read_until(link, b"sequence")
    assert own.server.process_ends == 1


def test_connections_wait_while_there_is_no_process(own: ProcessRig) -> None:
    process = own.server.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert own.get("/health").status == 200, "the system holds the connection"


def test_signals_of_a_terminal_are_for_the_server(served: ProcessRig) -> None:
    process = served.server.process
    assert process is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(process.pid, number)
    assert served.get("/health").status == 200
    assert served.server.process is process


def test_a_reader_that_stalls_costs_others_nothing(served: ProcessRig) -> None:
    stalls, reads = stream(served), stream(served)
    for number in range(1, 300):
        publish(served, number)
    read_until(reads, b'"299"')
    stalls.close()
    reads.close()


def test_counts_are_the_servers(own: ProcessRig) -> None:
    assert own.get("/nothing").status == 404
    publish(own, 1)
    with stream(own) as link:
        read_until(link, b"sequence")
        eventually(lambda: own.server.open_streams()["events"] == 1)
        assert own.get("/metrics").body == b"counted\n"
        counters = own.server.counters
        assert (counters.answers["2xx"], counters.answers["4xx"]) == (2, 1)
        assert len(own.server.connections) >= 1
    eventually(lambda: own.server.send_delays.count == 1)
    eventually(lambda: not own.server.open_streams()["events"])
    assert own.server.process_cpu_seconds > 0
    own.kill()
    assert own.server.counters.answers["4xx"] == 1, "counts do not go back"


def test_posts(served: ProcessRig) -> None:
    answer = served.ask("POST", "/api/x/", b"12345", content_type=JSON)
    assert (answer.status, answer.json()) == (201, {"had": 5})
    assert served.ask("POST", "/api/x", b"1", content_type="text/plain").status == 415


def test_a_quota_is_one_for_grpc_and_http(own: ProcessRig) -> None:
    quota = own.rig.streams.quota
    with stream(own), stream(own):
        for _ in range(quota.total - 2):
            quota.take(Peer("a client of gRPC"))
        answer = own.get(STREAM)
        assert (answer.status, answer.headers["retry-after"]) == (429, "5")
        assert f"this server has at most {quota.total} streams at once" in answer.json()["message"]
        quota.give_back(Peer("a client of gRPC"))
        stream(own).close()


def test_a_deadline_frees_the_server_of_what_waits(own: ProcessRig) -> None:
    own.go.clear()
    late = own.call(BOOK, {}, connect_timeout_ms="200")
    assert (late.status, late.json()["message"]) == (504, "the call had 0.2 s")
    for _ in range(3):
        assert own.call(BOOK, {}, connect_timeout_ms="200").status == 504
    assert own.get("/health").status == 200
    own.go.set()
    assert own.call(BOOK, {}).status == 200
    assert len(own.asked) <= 3, "what nobody waits for any more is not begun"


def test_tokens_are_the_servers(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    rig = ProcessRig(Access(keys.file))
    try:
        assert rig.call(BOOK, {}).status == 401
        bearer = {"authorization": f"Bearer {keys.texts['read']}"}
        assert rig.call(BOOK, {}, **bearer).status == 200
        assert rig.asked[-1].token == keys.tokens["read"].id
        assert rig.get("/metrics").status == 401
        assert rig.get("/metrics", **bearer).status == 200
        posted: dict[str, Any] = {"content_type": JSON}
        assert rig.ask("POST", "/api/x", b"{}", **posted, **bearer).status == 403
        pushes = {"authorization": f"Bearer {keys.texts['push']}"}
        assert rig.ask("POST", "/api/x", b"{}", **posted, **pushes).status == 201
        cookie = rig.call("/login", {"token": keys.texts["read"]}).headers["set-cookie"].partition(";")[0]
        rig.kill()
        assert rig.call(BOOK, {}, cookie=cookie).status == 200, "logins are kept by the server"
        write(keys.path, [keys.tokens["push"]])
        keys.file.reload()
        assert rig.call(BOOK, {}, cookie=cookie).status == 401
        assert rig.call(BOOK, {}, **bearer).status == 401
    finally:
        rig.close()


def test_an_orderly_stop_ends_streams_with_a_reason() -> None:
    rig = ProcessRig()
    process = rig.server.process
    assert process is not None
    with stream(rig) as link:
        rig.server.stop(0.5)
        found = read_until(link, b"event: end")
        while piece := link.recv(65536):
            found += piece
    assert json.loads(found.rpartition(b"data: ")[2].partition(b"\n")[0])["code"] == "unavailable"
    assert b"the server is stopping" in found
    assert process.wait(0) == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", rig.server.port), timeout=1)
    rig.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_tls_and_a_new_certificate_for_new_connections(tmp_path: Path) -> None:
    make(tmp_path, "before")
    server = RemoteHttpServer([], Streams(1), Access(), "127.0.0.1", 0, tls=tls(tmp_path))
    server.start()
    try:
        before = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
        assert secured(server.port, before) == 200
        make(tmp_path, "after")
        server.reload()
        after = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
        eventually(lambda: trusted(server.port, after), "the new certificate is not served")
        assert not trusted(server.port, before)
        (tmp_path / "k.pem").write_text("no key")
        with pytest.raises(ConfigError):
            server.reload()
        assert secured(server.port, after) == 200
    finally:
        server.stop(0.1)


def trusted(port: int, context: ssl.SSLContext) -> bool:
    try:
        return secured(port, context) == 200
    except ssl.SSLError:
        return False


def test_a_server_that_was_never_started_closes() -> None:
    server = RemoteHttpServer([], Streams(1), Access(), "127.0.0.1", 0)
    server.stop(0.1)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1 could not be bound; is another server"):
            RemoteHttpServer([], Streams(1), Access(), "127.0.0.1", port)
