"""A server that only records has no port, and nothing fails for that."""

from __future__ import annotations

from server.transport.choice import Server
from server.transport.no_port import NoPort


def test_it_does_nothing() -> None:
    server: Server = NoPort()
    server.start()
    server.report("BTC/USDT", True)
    server.stop(1.0)
    assert (server.port, server.threads) == (0, [])
