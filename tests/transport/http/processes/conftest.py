"""A port of HTTP that a process serves, with a call and streams of the test, for all tests of a file."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.api.access import Access
from server.api.calls import Post, Service, Streaming, Unary
from server.publish.channel import ConflatedChannel, Overflow
from server.quotas import caller
from server.transport.http.http_message import HttpAnswer
from server.transport.http.processes.remote_http_server import RemoteHttpServer
from tests.transport.http.http_rig import HttpRig
from tests.waiting import eventually

BOOK = "/onebook.v1.MarketDataService/GetBook"
STREAM = "/onebook.v1.MarketDataService/StreamBook"


class ProcessRig(HttpRig):
    """HTTP by a process: GetBook waits for `go`, StreamBook reads from `channel`."""

    server: RemoteHttpServer

    def __init__(self, access: Access | None = None) -> None:
        self.channel = ConflatedChannel()
        self.go = threading.Event()
        self.go.set()
        self.asked: list[Any] = []
        """Who has asked for a book."""
        service = Service(
            "onebook.v1.MarketDataService",
            {"GetBook": Unary(self._book, pb.GetBookRequest.FromString)},
            {"StreamBook": Streaming(lambda _request: (self.channel, Overflow.DROP_OLDEST), bytes)},
        )
        super().__init__(access, services=[service], kind=_kind)
        assert self.get("/health").status == 200

    def _book(self, _request: Any) -> bytes:
        self.asked.append(caller.get())
        self.go.wait(60)
        return pb.GetBookResponse().SerializeToString()

    def kill(self) -> None:
        """Kills the process as the system would, and waits for its next life."""
        process = self.server.process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        eventually(lambda: (found := self.server.process) is not None and found is not process and found.ready)


def _kind(*arguments: Any, **options: Any) -> RemoteHttpServer:
    posts = {"/api/x": Post(lambda body: {"had": len(body)}, "Counts.", {}, {})}
    return RemoteHttpServer(*arguments, **options, metrics=lambda: HttpAnswer(200, b"counted\n"), posts=posts)


@pytest.fixture(scope="module")
def served() -> Iterator[ProcessRig]:
    rig = ProcessRig()
    yield rig
    rig.close()


@pytest.fixture
def own() -> Iterator[ProcessRig]:
    """One that a test may break."""
    rig = ProcessRig()
    yield rig
    rig.close()
