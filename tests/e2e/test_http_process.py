"""HTTP in a process of its own (`--http-processes 1`), from its start over its death to the server's orderly end."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
from typing import Any

import psutil

from tests.waiting import eventually

from .processes import PATIENCE, Server, Yard


def port_of(server: Server) -> int:
    """The port of HTTP, from the log."""
    eventually(lambda: server.said("HTTP is served on"), "the port of HTTP")
    (said,) = server.said("HTTP is served on")
    assert said.endswith("by a process of its own")
    return int(said.rpartition(":")[2].partition(" ")[0])


def process_of(server: Server) -> psutil.Process | None:
    """The process of HTTP; None while there is none."""
    for each in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # It has just died.
            if "http_worker" in " ".join(each.cmdline()):
                return each
    return None


def opened(port: int, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path)
    return connection, connection.getresponse()


def get(port: int, path: str) -> tuple[int, str]:
    connection, answer = opened(port, path)
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def next_book(stream: http.client.HTTPResponse) -> dict[str, Any] | None:
    """The next book of a stream of events; None: the stream was cut."""
    try:
        while line := stream.readline():
            if line.startswith(b"data: "):
                book: dict[str, Any] = json.loads(line.partition(b": ")[2])
                return book
    except (OSError, http.client.IncompleteRead):
        pass  # As a process that was killed leaves it.
    return None


def test_its_life(yard: Yard) -> None:
    server = yard.serve(yard.simulator(), "--http", "0", "--http-processes", "1")
    eventually(lambda: server.said("is live"), "a venue is live")
    port, first = port_of(server), process_of(server)
    assert first is not None
    status, page = get(port, "/")
    assert (status, "<title>onebook</title>" in page) == (200, True)
    eventually(lambda: get(port, "/ready")[0] == 200, "the market is ready")
    path = "/v1/stream/book?levels=1"
    connection, stream = opened(port, path)
    book = next_book(stream)
    assert book is not None
    assert book["bids"]

    first.kill()
    while next_book(stream) is not None:
        pass
    connection.close()
    connection, stream = opened(port, path)
    later = next_book(stream)
    assert later is not None
    assert int(later["header"]["sequence"]) >= int(book["header"]["sequence"])
    second = process_of(server)
    assert second is not None
    assert second.pid != first.pid
    assert "onebook_http_process_ends_total 1" in get(port, "/metrics")[1]
    assert server.said("the process of HTTP ended by signal 9 (Killed); started anew after")

    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    connection.close()
    assert not second.is_running()
    assert len(server.said("the process of HTTP")) == 1, "the second one was not killed"
