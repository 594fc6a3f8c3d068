"""Connections that do nothing: feeds keep their descriptors, and clients find a place once idle ones were closed."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from tests.waiting import eventually

from ..e2e.processes import Server, Simulator, Yard
from .http2 import PREFACE, SETTINGS, frame
from .rig import TRANSPORTS, Innocent, descriptors, everything

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc"),
    pytest.mark.timeout(400),
]

FILES = 256
"""Open files that the server may have; the rest follows from it."""
START = (
    "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files})); "
    "sys.argv = ['server.py', *sys.argv[1:]]; runpy.run_path('server.py', run_name='__main__')"
)


class Limited(Server):
    """A server with few descriptors."""

    COMMAND = ("-c", START.format(files=FILES))


@pytest.fixture(scope="module")
def simulator(yard: Yard) -> Simulator:
    return yard.simulator("--pair", "BTC/USDT")


@pytest.fixture(scope="module", params=TRANSPORTS)
def server(yard: Yard, simulator: Simulator, request: pytest.FixtureRequest) -> Server:
    made = yard.serve(simulator, kind=Limited, transport=request.param)
    with made.client() as stub:
        eventually(lambda: len(stub.GetBook(pb.GetBookRequest()).book.bids) > 5, "a live book")
    return made


@pytest.fixture(params=["silent", "polite"])
def crowd(request: pytest.FixtureRequest, server: Server) -> Iterator[list[socket.socket]]:
    """Twice as many connections as the server has descriptors, and nothing comes on them but a greeting."""
    sockets = []
    for _ in range(2 * FILES):
        made = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        sockets.append(made)
        with contextlib.suppress(OSError):  # Too many: it is closed at once.
            if request.param == "polite":
                made.sendall(PREFACE + frame(SETTINGS, 0, 0))
    yield sockets
    for made in sockets:
        made.close()


def test_idle_connections_take_nothing_from_feeds_and_leave(
    server: Server, simulator: Simulator, crowd: list[socket.socket]
) -> None:
    assert descriptors(server) < FILES - 32
    for venue in simulator.venues:
        simulator.fault(venue, "cut")
    eventually(lambda: all(simulator.state(venue)["connections"] for venue in simulator.venues), "new sockets of feeds")
    assert "Too many open files" not in server.errors()
    assert len(crowd) == 2 * FILES

    def served() -> bool:
        try:
            everything(server, 5.0)
        except grpc.RpcError:
            return False
        return True

    eventually(served, "a place for a new client", 200.0)


def test_streams_that_are_open_go_on(server: Server) -> None:
    innocent = Innocent(server)
    sockets = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(2 * FILES)]
    innocent.goes_on()
    for made in sockets:
        made.close()
    innocent.close()
