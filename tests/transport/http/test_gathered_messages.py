"""Messages that wait for others: order, the bound of what is gathered, a slow socket, and a client that leaves."""

from __future__ import annotations

import asyncio
import json

import pytest

from server.transport.http.gathered_messages import MOST_BYTES, GatheredMessages


class Socket:
    """Keeps what is sent; takes nothing while it is shut, and fails once it is cut."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cut = False

    async def send(self, text: bytes) -> None:
        await self.open.wait()
        if self.cut:
            raise OSError("the client has left")
        self.sent.append(text)

    def numbers(self) -> list[list[int]]:
        return [json.loads(text) for text in self.sent]


def test_what_comes_within_the_time_is_one_message() -> None:
    async def run() -> list[list[int]]:
        socket = Socket()
        gathered = GatheredMessages(0.05, socket.send)
        for number in range(5):
            await gathered.say(str(number).encode())
        assert not socket.sent
        await asyncio.sleep(0.15)
        await gathered.say(b"5")
        await gathered.flush()
        await gathered.close()
        return socket.numbers()

    assert asyncio.run(run()) == [[0, 1, 2, 3, 4], [5]]


def test_much_goes_out_at_once() -> None:
    async def run() -> Socket:
        socket = Socket()
        gathered = GatheredMessages(60, socket.send)
        await gathered.say(b'"' + b"x" * MOST_BYTES + b'"')
        await gathered.close()
        return socket

    assert len(asyncio.run(run()).sent) == 1


def test_a_socket_that_takes_nothing_holds_the_stream_and_loses_no_order() -> None:
    async def run() -> Socket:
        socket = Socket()
        socket.open.clear()
        gathered = GatheredMessages(0.01, socket.send)
        await gathered.say(b"1")
        await asyncio.sleep(0.05)  # It is being sent.
        await gathered.say(b"2")
        held = asyncio.create_task(gathered.say(b" " * MOST_BYTES + b"3"))
        await asyncio.sleep(0.05)
        assert not held.done()
        socket.open.set()
        await held
        await gathered.close()
        return socket

    assert asyncio.run(run()).numbers() == [[1], [2, 3]]


def test_what_comes_while_a_message_is_sent_goes_out_behind_it() -> None:
    async def run() -> Socket:
        socket = Socket()
        socket.open.clear()
        gathered = GatheredMessages(0.01, socket.send)
        await gathered.say(b"1")
        await asyncio.sleep(0.05)
        await gathered.say(b"2")
        socket.open.set()
        await asyncio.sleep(0.05)
        await gathered.close()
        return socket

    assert asyncio.run(run()).numbers() == [[1], [2]]


def test_that_the_client_has_left_is_said() -> None:
    async def run() -> None:
        socket = Socket()
        socket.cut = True
        gathered = GatheredMessages(0.01, socket.send)
        await gathered.say(b"1")
        await asyncio.sleep(0.05)
        with pytest.raises(OSError, match="left"):
            await gathered.say(b"2")
        await gathered.close()

    asyncio.run(run())


def test_what_is_gathered_at_the_end_is_dropped() -> None:
    async def run() -> Socket:
        socket = Socket()
        gathered = GatheredMessages(0.01, socket.send)
        await gathered.say(b"1")
        await gathered.close()
        await asyncio.sleep(0.05)
        return socket

    assert asyncio.run(run()).sent == []
