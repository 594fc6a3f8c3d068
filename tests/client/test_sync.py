"""What only the sync client has: threads that wait, and contexts."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from client import Backoff, Client, Reconnecting
from client.events import Event
from tests.client.fake_server import FakeServer, Stall, books, make_book


@pytest.fixture
def client(server: FakeServer) -> Iterator[Client]:
    with Client(server.target) as made:
        yield made


def read_all(stream: Iterator[object]) -> tuple[threading.Thread, list[object]]:
    """Read a stream to its end in another thread."""
    messages: list[object] = []
    thread = threading.Thread(target=lambda: messages.extend(stream), daemon=True)
    thread.start()
    return thread, messages


def test_close_wakes_a_reader_in_another_thread(server: FakeServer, client: Client) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    stream = client.stream_book()
    next(stream)
    thread, messages = read_all(stream)
    stream.close()
    thread.join(5)
    assert not thread.is_alive()
    assert messages == []


def test_close_wakes_a_reader_that_waits_for_its_next_attempt(server: FakeServer) -> None:
    server.stop()
    waiting = threading.Event()

    def on_event(event: Event) -> None:
        assert isinstance(event, Reconnecting)
        waiting.set()

    with Client(server.target, on_event=on_event, backoff=Backoff(first=1000, longest=1000)) as client:
        thread, _ = read_all(client.stream_book())
        assert waiting.wait(5)
    thread.join(5)
    assert not thread.is_alive()


def test_contexts_release_what_they_opened(server: FakeServer, client: Client) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    with client.stream_book() as stream:
        next(stream)
    assert server.left.acquire(timeout=5)
    assert list(stream) == []


def test_the_watchdog_thread_leaves_with_the_last_stream(server: FakeServer, client: Client) -> None:
    server.script("StreamBook", [*books(make_book()), Stall()])
    with client.stream_book() as stream:
        next(stream)
        dogs = [thread for thread in threading.enumerate() if thread.name == "onebook-watchdog"]
        assert dogs
    for dog in dogs:
        dog.join(5)
        assert not dog.is_alive()


def test_the_target_is_told(client: Client, server: FakeServer) -> None:
    assert client.target == server.target
