"""A simulator, a server with the page, and a browser, for all tests of a module."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests import browser as chromium
from tests.e2e.processes import Server, Simulator, Yard

PAIRS = ("--pair", "BTC/USDT", "--pair", "ETH/USDT")


class PageServer:
    """A server whose port of HTTP stays the same when the server is started again."""

    def __init__(self, yard: Yard, simulator: Simulator, *flags: str) -> None:
        self._yard, self._simulator, self._flags = yard, simulator, flags
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.server: Server
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.server = self._yard.serve(self._simulator, *PAIRS, "--http", str(self.port), *self._flags)


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Processes that end with the module."""
    chromium.require_browser()
    made = Yard(tmp_path_factory.mktemp("yard"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def simulator(yard: Yard) -> Simulator:
    return yard.simulator(*PAIRS)


@pytest.fixture(scope="module")
def served(yard: Yard, simulator: Simulator) -> PageServer:
    return PageServer(yard, simulator)


@pytest.fixture(scope="module")
def browser(yard: Yard) -> Iterator[Any]:
    with chromium.browser() as made:
        yield made
