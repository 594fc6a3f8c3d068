"""What only the async client has: tasks that are cancelled, and other tasks that go on."""

from __future__ import annotations

import asyncio

import pytest

from client import AsyncClient, Backoff
from tests.client.fake_server import FakeServer, Stall, books, make_book


def test_cancelling_a_task_cancels_the_call_and_stays_a_cancellation(server: FakeServer) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])

    async def scenario() -> None:
        async with AsyncClient(server.target) as client:
            stream = client.stream_book()
            await stream.__anext__()
            task = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.left.acquire, True, 5)

    asyncio.run(scenario())


def test_cancelling_a_task_that_waits_for_its_next_attempt(server: FakeServer) -> None:
    server.stop()
    waiting = asyncio.Event()

    async def scenario() -> None:
        backoff = Backoff(first=1000, longest=1000)
        async with AsyncClient(server.target, backoff=backoff, on_event=lambda _: waiting.set()) as client:
            task = asyncio.ensure_future(client.stream_book().__anext__())
            await waiting.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scenario())


def test_aclose_ends_the_iteration_of_another_task(server: FakeServer) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])

    async def scenario() -> list[int]:
        async with AsyncClient(server.target) as client, client.stream_book() as stream:
            seen, first = [], asyncio.Event()

            async def read() -> None:
                async for book in stream:
                    seen.append(book.header.sequence)
                    first.set()

            task = asyncio.ensure_future(read())
            await first.wait()
            await stream.aclose()
            await asyncio.wait_for(task, 5)
            return seen

    assert asyncio.run(scenario()) == [1]


def test_two_streams_at_once_in_one_loop(server: FakeServer) -> None:
    server.script("StreamBook", [*books(make_book(1), make_book(2)), Stall()])

    async def take(client: AsyncClient[float]) -> list[int]:
        seen = []
        async for book in client.stream_book():
            seen.append(book.header.sequence)
            if len(seen) == 2:
                break
        return seen

    async def scenario() -> list[list[int]]:
        async with AsyncClient(server.target, numbers="float") as client:
            return list(await asyncio.gather(take(client), take(client)))

    assert asyncio.run(scenario()) == [[1, 2], [1, 2]]
