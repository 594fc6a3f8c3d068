"""New connections in turns of their addresses: a flood waits for its own, and is turned away where too many wait."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

import pytest

from server.api.call_rate import SharedRate
from server.transport.http import fair_listener
from server.transport.http.fair_listener import MOST_WAITING, PER_TURN, FairListener
from server.transport.http.http_counters import HttpCounters

LINGER = 30.0


class Site:
    """A listener on loopback, and clients with addresses of their own there."""

    def __init__(self, rate: SharedRate) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.socket.setblocking(False)
        self.counters = HttpCounters()
        self.begun: list[str] = []
        """Addresses in the order of their turns."""
        self.links: list[socket.socket] = []
        self.served: list[socket.socket] = []
        self.listener = FairListener(self.socket, rate, self._begin, self.counters)

    async def _begin(self, link: socket.socket) -> None:
        self.begun.append(link.getpeername()[0])
        self.links.append(link)
        self.served.append(link)

    def connect(self, address: str) -> socket.socket:
        client = socket.create_connection(self.socket.getsockname(), source_address=(address, 0))
        self.links.append(client)
        return client

    async def eventually(self, address: str, count: int) -> None:
        while self.begun.count(address) < count:  # run() has an end.
            await asyncio.sleep(0.005)

    def close(self) -> None:
        self.listener.close()
        for each in (self.socket, *self.links):
            each.close()


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, LINGER))


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses of loopback count as if they were those of other machines."""
    monkeypatch.setattr(fair_listener, "_address", lambda client: client[0])


@pytest.mark.usefixtures("addresses")
def test_a_flood_of_one_address_delays_no_other() -> None:
    async def test() -> None:
        site = Site(SharedRate(20.0, 2))
        flood = [site.connect("127.0.0.2") for _ in range(MOST_WAITING + 40)]
        await site.eventually("127.0.0.2", 2)
        site.connect("127.0.0.3")
        await site.eventually("127.0.0.3", 1)
        waited = site.begun.index("127.0.0.3")
        assert waited < 10, "one turn after those that had come, not behind the flood"
        await site.eventually("127.0.0.2", 4)  # The flood has its turns, slowly.
        closed = 0
        for client in flood:
            client.setblocking(False)
            try:
                closed += client.recv(1) == b""
            except ConnectionResetError:
                closed += 1
            except BlockingIOError:
                continue
        assert closed == site.counters.refused > 0
        site.close()

    run(test())


def test_no_connection_of_this_machine_is_turned_away() -> None:
    async def test() -> None:
        site = Site(SharedRate(2000.0, 10))
        for _ in range(3 * MOST_WAITING):
            site.connect("127.0.0.1")
        await site.eventually("127.0.0.1", 3 * MOST_WAITING)
        assert site.counters.refused == 0
        site.close()

    run(test())


@pytest.mark.usefixtures("addresses")
def test_only_so_many_of_all_addresses_take_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_listener, "MOST_WAITING_IN_ALL", 6)

    async def test() -> None:
        site, loop = Site(SharedRate(40.0, 1)), asyncio.get_running_loop()
        held: list[int] = []

        def look() -> None:
            held.append(site.listener._held)  # noqa: SLF001 - no answer shows it
            loop.call_later(0.002, look)

        loop.call_soon(look)
        for number in range(20):
            site.connect(f"127.0.0.{2 + number % 2}")
        for number in range(2):
            await site.eventually(f"127.0.0.{2 + number}", 10)
        assert 4 <= max(held) <= 6
        assert held[-1] == site.counters.refused == 0
        site.close()

    run(test())


def test_a_request_of_an_address_does_not_wait_for_its_silent_connections() -> None:
    async def test() -> None:
        site = Site(SharedRate(40.0, 1))
        for _ in range(3 * MOST_WAITING):
            site.connect("127.0.0.1")
        await site.eventually("127.0.0.1", 3)
        client = site.connect("127.0.0.1")
        client.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        begun = len(site.begun)
        while client.getsockname() not in [link.getpeername() for link in site.served]:
            await asyncio.sleep(0.005)
        assert len(site.begun) - begun < 10
        site.close()

    run(test())


@pytest.mark.usefixtures("addresses")
def test_where_too_many_wait_a_silent_one_gives_its_place() -> None:
    async def test() -> None:
        site = Site(SharedRate(10.0, 1))
        silent = [site.connect("127.0.0.2") for _ in range(MOST_WAITING + 1)]
        await site.eventually("127.0.0.2", 1)
        asking = [site.connect("127.0.0.2") for _ in range(5)]
        for client in asking:
            client.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        names = {client.getsockname() for client in asking}
        while names - {link.getpeername() for link in site.served}:
            await asyncio.sleep(0.005)
        assert 5 <= site.counters.refused <= 6
        closed = 0
        for client in silent:
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                closed += client.recv(1) == b""
        assert closed == site.counters.refused
        site.close()

    run(test())


def test_others_have_their_turns_between_new_connections() -> None:
    async def test() -> None:
        site, loop = Site(SharedRate(1000.0, 100)), asyncio.get_running_loop()
        turns: list[int] = []

        def look() -> None:
            turns.append(len(site.begun))
            if turns[-1] < 50:
                loop.call_soon(look)

        for _ in range(50):
            site.connect("127.0.0.1")
        loop.call_soon(look)
        await site.eventually("127.0.0.1", 50)
        assert max(after - before for before, after in pairwise(turns)) <= PER_TURN
        site.close()

    run(test())


class WithoutDescriptors:
    """A socket that listens, where the system has no descriptor left a few times."""

    def __init__(self, listener: socket.socket, failures: int) -> None:
        self._listener, self.failures = listener, failures

    def fileno(self) -> int:
        return self._listener.fileno()

    def accept(self) -> Any:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listener.accept()


def test_without_descriptors_connections_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_listener, "WITHOUT_DESCRIPTORS", 0.02)

    async def test() -> None:
        site = Site(SharedRate(1000.0, 100))
        lacking = WithoutDescriptors(site.socket, 3)
        site.listener._listener = lacking  # type: ignore[assignment]  # noqa: SLF001 - the system's own cannot be made to
        site.connect("127.0.0.1")
        await site.eventually("127.0.0.1", 1)
        assert lacking.failures == 0
        site.close()

    run(test())


def test_a_connection_that_cannot_begin_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        site = Site(SharedRate(1000.0, 100))
        errors: list[Exception] = [ConnectionResetError("gone"), ValueError("a defect")]
        begin = site.listener._begin  # noqa: SLF001

        async def failing(link: socket.socket) -> object:
            if errors:
                link.close()
                raise errors.pop(0)
            return await begin(link)

        site.listener._begin = failing  # noqa: SLF001
        for _ in range(3):
            site.connect("127.0.0.1")
        await site.eventually("127.0.0.1", 1)
        site.close()
        await site.listener.wait_closed()

    with caplog.at_level(logging.INFO):
        run(test())
    assert [record.getMessage() for record in caplog.records] == ["a connection could not be begun"]


def test_a_close_lets_go_of_those_that_wait() -> None:
    async def test() -> None:
        site = Site(SharedRate(0.1, 1))
        clients = [site.connect("127.0.0.1") for _ in range(3)]
        await site.eventually("127.0.0.1", 1)
        site.listener.close()
        for client in clients[1:]:
            client.settimeout(LINGER)
            assert client.recv(1) == b""
        site.close()

    run(test())
