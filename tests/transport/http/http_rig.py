"""The port of HTTP beside a real gRPC server, and clients that speak HTTP to it: a well-behaved one and a raw one."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from server.api.access import Access
from server.api.calls import Service
from server.history_source.history import History
from server.transport.http.http_server import HttpServer
from server.transport.http.processes.remote_http_server import RemoteHttpServer
from server.transport.native import AVAILABLE
from tests.api.conftest import Rig

TRANSPORT = "native" if AVAILABLE else "generator"
SECONDS = 60
KINDS: dict[str, Callable[..., HttpServer | RemoteHttpServer]] = {"thread": HttpServer, "process": RemoteHttpServer}
"""What may serve HTTP."""
SERVED_BY = ["thread", pytest.param("process", marks=pytest.mark.slow)]
"""The same as parameters of fixtures."""
GET_BOOK = "/onebook.v1.MarketDataService/GetBook"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class HttpRig:
    """A server without feeds, with both ports."""

    def __init__(
        self,
        access: Access | None = None,
        names: Sequence[str] = (),
        services: Sequence[Service] = (),
        history: History | None = None,
        kind: Callable[..., HttpServer | RemoteHttpServer] = HttpServer,
    ) -> None:
        """`services`: in place of those of gRPC; `kind`: whether a thread serves HTTP, or a process."""
        self.rig = Rig(TRANSPORT, access=access, history=history)
        self.kind = kind
        self.server = kind(
            services or self.rig.services,
            self.rig.streams,
            self.rig.access,
            "127.0.0.1",
            0,
            names=names,
            reason=lambda name: f"why {name}",
        )
        self.server.start()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request on a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SECONDS)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, **headers)

    def call(self, path: str, value: Any, **headers: str) -> Answer:
        """A call with a request of JSON."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask("POST", path, body, **{"content_type": "application/json", **headers})

    def raw(self, *pieces: bytes) -> bytes:
        """All that comes back for these bytes until the server closes; each piece is sent when it can be."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=SECONDS) as link:
            try:
                for piece in pieces:
                    link.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server has heard enough.
            return read_all(link)

    def close(self) -> None:
        self.server.stop(0.5)
        self.rig.close()


def read_all(link: socket.socket) -> bytes:
    """All bytes until the other end closes, however it does."""
    found = b""
    try:
        while piece := link.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found
