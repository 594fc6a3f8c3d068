"""A running fake server, and one way to drive the sync and the async client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from client import AsyncClient, Backoff, Client
from tests.client.fake_server import FakeServer

# Seconds to wait for what happens at once on a machine that has time.
PATIENCE = 30.0
QUICK = Backoff(first=0.02, longest=0.2, healthy=30)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that plays the test's scripts."""
    fake = FakeServer()
    yield fake
    fake.stop()


class SyncDriver:
    """The sync client, as it is."""

    def __init__(self, target: str, **options: Any) -> None:
        self.client: Any = Client(target, **{"backoff": QUICK, **options})

    def next(self, stream: Any) -> Any:
        return next(stream)

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(self.client, name)(*arguments, **options)

    def close_stream(self, stream: Any) -> None:
        stream.close()

    def wait(self, semaphore: threading.Semaphore) -> bool:
        return semaphore.acquire(timeout=PATIENCE)

    def close(self) -> None:
        self.client.close()


class AsyncDriver:
    """The async client behind the same calls, on a loop that runs only while something is awaited."""

    def __init__(self, target: str, **options: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.client: Any = AsyncClient(target, **{"backoff": QUICK, **options})

    def next(self, stream: Any) -> Any:
        async def one() -> Any:
            async for message in stream:
                return True, message
            return False, None

        more, message = self.loop.run_until_complete(one())
        if not more:
            raise StopIteration
        return message

    def call(self, name: str, *arguments: Any, **options: Any) -> Any:
        async def ask() -> Any:
            return await getattr(self.client, name)(*arguments, **options)

        return self.loop.run_until_complete(ask())

    def close_stream(self, stream: Any) -> None:
        self.loop.run_until_complete(stream.aclose())

    def wait(self, semaphore: threading.Semaphore) -> bool:
        return self.loop.run_until_complete(asyncio.to_thread(semaphore.acquire, True, PATIENCE))

    def close(self) -> None:
        self.loop.run_until_complete(self.client.aclose())
        # All loops share one poller of gRPC: what ends on a closed loop takes events from the loops of other tests.
        if left := asyncio.all_tasks(self.loop):
            self.loop.run_until_complete(asyncio.wait(left, timeout=PATIENCE))
        self.loop.close()


@pytest.fixture(params=[SyncDriver, AsyncDriver], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest, server: FakeServer) -> Iterator[Callable[..., Any]]:
    """Make a driver of either client; closed after the test."""
    made: list[Any] = []

    def make(target: str = "", **options: Any) -> Any:
        made.append(request.param(target or server.target, **options))
        return made[-1]

    yield make
    for driver in made:
        driver.close()
