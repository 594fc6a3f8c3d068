"""Connections that ask for something go before silent ones, whatever order they came in, and starve none of them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from server.transport.http import waiting_links
from server.transport.http.waiting_links import SILENT_TURN, WaitingLinks

WHOLE = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Links:
    """Pairs of sockets, of which one waits and the other is the client's."""

    def __init__(self) -> None:
        self.gone = 0
        self.waiting = WaitingLinks(self._left)
        self.clients: list[socket.socket] = []
        self._of: dict[socket.socket, int] = {}

    def _left(self) -> None:
        self.gone += 1

    def add(self, said: bytes = b"") -> int:
        """A new connection that has said this; its number."""
        client, link = socket.socketpair()
        link.setblocking(False)
        client.sendall(said)
        self._of[link] = len(self.clients)
        self.clients.append(client)
        self.waiting.add(link)
        return self._of[link]

    def pop(self) -> int:
        """The number of the connection whose turn it is; -1: all have left."""
        link = self.waiting.pop()
        if link is None:
            return -1
        link.close()
        return self._of[link]

    def close(self) -> None:
        self.waiting.close()
        for client in self.clients:
            client.close()


def run(test: Callable[[Links], Awaitable[None]]) -> None:
    async def on_a_loop() -> None:
        links = Links()
        try:
            await test(links)
        finally:
            links.close()

    asyncio.run(asyncio.wait_for(on_a_loop(), 30.0))


@pytest.mark.parametrize("said", [WHOLE, b"\x16\x03\x01\x02\x00", b"\x16\x03\x03"])
def test_who_asks_goes_before_who_is_silent(said: bytes) -> None:
    async def test(links: Links) -> None:
        silent = links.add(), links.add(b"G"), links.add(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
        asking = links.add(said), links.add(said)
        assert len(links.waiting) == 5
        assert [links.pop() for _ in range(6)] == [*asking, *silent, -1]

    run(test)


def test_a_request_that_comes_while_its_connection_waits_is_seen() -> None:
    async def test(links: Links) -> None:
        first, second = links.add(), links.add()
        links.clients[second].sendall(WHOLE)
        await asyncio.sleep(0.05)
        assert [links.pop(), links.pop()] == [second, first]

    run(test)


def test_a_piece_of_a_request_is_looked_at_once_and_is_served() -> None:
    async def test(links: Links) -> None:
        piece = links.add()
        links.clients[piece].sendall(WHOLE[:10])
        await asyncio.sleep(0.02)
        asking = [links.add(WHOLE) for _ in range(2 * SILENT_TURN)]
        order = [links.pop() for _ in range(2 * SILENT_TURN + 1)]
        assert order.index(piece) == SILENT_TURN - 1
        assert [each for each in order if each != piece] == asking

    run(test)


def test_the_oldest_silent_one_gives_its_place() -> None:
    async def test(links: Links) -> None:
        silent, asking, other = links.add(), links.add(WHOLE), links.add()
        assert links.waiting.drop_silent()
        assert links.clients[silent].recv(1) == b"", "it is closed"
        assert [links.pop(), links.pop()] == [asking, other]
        links.add(WHOLE)
        assert not links.waiting.drop_silent()

    run(test)


def test_whoever_leaves_before_a_turn_takes_none() -> None:
    async def test(links: Links) -> None:
        gone, stays = links.add(), links.add()
        links.clients[gone].close()
        await asyncio.sleep(0.05)
        assert (links.gone, len(links.waiting)) == (1, 1)
        assert links.pop() == stays
        client, link = socket.socketpair()
        client.close()
        link.setblocking(False)
        assert not links.waiting.add(link)
        assert (link.fileno(), len(links.waiting)) == (-1, 0)

    run(test)


def test_who_asks_and_leaves_takes_no_turn() -> None:
    async def test(links: Links) -> None:
        gone, stays = links.add(WHOLE), links.add(WHOLE)
        links.clients[gone].close()
        assert [links.pop(), links.gone] == [stays, 1]

    run(test)


def test_who_closes_only_the_own_half_is_served_unless_it_has_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(links: Links) -> None:
        half = links.add(WHOLE)
        links.clients[half].shutdown(socket.SHUT_WR)
        assert links.pop() == half
        half = links.add(WHOLE)
        links.clients[half].shutdown(socket.SHUT_WR)
        monkeypatch.setattr(waiting_links, "HALF_CLOSED", 0.0)
        await asyncio.sleep(0.01)
        assert [links.pop(), links.gone] == [-1, 1]

    run(test)


def test_a_close_closes_all() -> None:
    async def test(links: Links) -> None:
        links.add()
        links.add(WHOLE)
        links.waiting.close()
        assert not len(links.waiting)
        for client in links.clients:
            client.settimeout(10.0)
            try:
                assert client.recv(1) == b""
            except ConnectionResetError:
                continue  # What it had said was not read.

    run(test)
