"""The composition of one server: it starts, serves, says who can reach it, and ends."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2, market_data_pb2_grpc
from server.app import App
from server.config import Config, build
from server.errors import ConfigError
from server.options import read
from server.transport import shm
from server.venues import DEFAULT_VENUES
from tests.waiting import eventually

VENUE = DEFAULT_VENUES[0]
STARTING, SERVING = 0, 1  # onebook_shm_header.server_state, at 144


def parse(*words: str) -> Config:
    return read(words, "server.py")


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def settings(closed_port: int, **more: Any) -> dict[str, Any]:
    address = f"127.0.0.1:{closed_port}"
    venues = {VENUE: {"ws": f"ws://{address}", "rest": f"http://{address}"}}
    return {"pairs": ["BTC/USDT"], "use_venues": [VENUE], "venues": venues, "port": 0, **more}


def test_a_server_whose_venue_is_away_serves_and_says_so(
    closed_port: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.app.DISCOVERY_WAIT", 0.2)
    app = App(build(settings(closed_port)))
    try:
        app.start(threading.Event())
        with grpc.insecure_channel(f"127.0.0.1:{app.server.port}") as channel:
            stub: Any = market_data_pb2_grpc.MarketDataServiceStub(channel)
            answer = stub.ListMarkets(market_data_pb2.ListMarketsRequest(), timeout=60)
        assert [market.name for market in answer.markets] == ["BTC/USDT"]
        assert [(each.venue, each.listed) for each in answer.markets[0].listings] == [(VENUE, False)]
    finally:
        app.stop()
    assert not app.dispatcher.thread.is_alive()
    eventually(lambda: not [each for each in threading.enumerate() if each.name.startswith(VENUE)])


def test_a_start_that_is_to_end_serves_nothing(closed_port: int) -> None:
    app = App(build(settings(closed_port)))
    stop = threading.Event()
    stop.set()
    app.start(stop)
    assert not app.dispatcher.thread.is_alive()
    app.stop()


def test_a_port_that_is_taken_is_said_when_the_server_is_made(closed_port: int) -> None:
    config = build({**settings(closed_port, host="127.0.0.1"), "port": closed_port})
    with (
        socket.create_server(("127.0.0.1", closed_port)),
        pytest.raises(ConfigError, match=f"port {closed_port} on 127.0.0.1 could not be bound"),
    ):
        App(config)


@pytest.mark.skipif(not shm.AVAILABLE, reason="the extension was not built here")
@pytest.mark.parametrize("served", [True, False])
def test_books_in_shared_memory_end_with_the_server(
    closed_port: int, monkeypatch: pytest.MonkeyPatch, served: bool
) -> None:
    monkeypatch.setattr("server.app.DISCOVERY_WAIT", 0.1)
    name, stop = f"test-app-{os.getpid()}", threading.Event()
    path = Path(f"/dev/shm/onebook-{name}")
    app = App(build(settings(closed_port, shm=name)))
    try:
        assert path.exists()
        if not served:
            stop.set()
        app.start(stop)
        state = {True: SERVING, False: STARTING}[served]
        eventually(lambda: path.read_bytes()[144] == state, "the state of the server in its file")
    finally:
        app.stop()
    assert not path.exists()
