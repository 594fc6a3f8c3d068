"""The exchange socket against a real websocket server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.server import ServerConnection, serve

from server.connection.websocket import ExchangeSocket, ReceiveTimeout, SocketOptions
from server.errors import OversizeError, RefusedError, ThrottledError, UnreachableError


@contextmanager
def venue(behave: Callable[[ServerConnection], None], **options: object) -> Iterator[str]:
    """A websocket server whose connections do this."""
    with serve(behave, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/x"
        server.shutdown()
        thread.join()


def read(socket: ExchangeSocket) -> bytes:
    while True:
        message = socket.receive(5.0)
        if message is not None:
            data, at = message
            assert at.time > 0
            assert at.monotonic > 0
            return data


def test_text_binary_and_large_messages_arrive() -> None:
    large = "y" * 300_000

    def behave(connection: ServerConnection) -> None:
        for message in ("x", b"\x00", large, ["frag", "mented"]):
            connection.send(message)
        connection.recv()

    with venue(behave) as url, ExchangeSocket(url, SocketOptions()) as socket:
        assert [read(socket) for _ in range(4)] == [b"x", b"\x00", large.encode(), b"fragmented"]
        assert 300_012 < socket.received_bytes < 300_100, "the messages and the heads of their frames"


def test_messages_are_sent_and_pings_answered() -> None:
    answers: list[object] = []

    def behave(connection: ServerConnection) -> None:
        answers.append(connection.recv())
        answers.append(connection.ping(b"beat").wait(5))
        connection.send("done")

    with venue(behave) as url, ExchangeSocket(url, SocketOptions()) as socket:
        socket.send("hello")
        assert read(socket) == b"done"
    assert answers == ["hello", True]


def test_silence_is_not_the_end() -> None:
    go = threading.Event()

    def behave(connection: ServerConnection) -> None:
        go.wait(5)
        connection.send("late")

    with venue(behave) as url, ExchangeSocket(url, SocketOptions()) as socket:
        with pytest.raises(ReceiveTimeout):
            socket.receive(0.05)
        go.set()
        assert read(socket) == b"late"


def test_close_and_cut_are_told_apart() -> None:
    with venue(lambda connection: connection.close(4001, "go away")) as url:
        with ExchangeSocket(url, SocketOptions()) as socket, pytest.raises(UnreachableError, match=r"4001: go away"):
            read(socket)
    with venue(lambda connection: connection.socket.close()) as url:
        with ExchangeSocket(url, SocketOptions()) as socket, pytest.raises(UnreachableError):
            read(socket)


def test_oversize_message_is_refused() -> None:
    with venue(lambda connection: connection.send("z" * 5000)) as url:
        with ExchangeSocket(url, SocketOptions(max_message=1000)) as socket, pytest.raises(OversizeError):
            read(socket)


@pytest.mark.parametrize(
    ("status", "error"), [(429, ThrottledError), (418, ThrottledError), (451, RefusedError), (500, UnreachableError)]
)
def test_refused_handshakes(status: int, error: type[Exception]) -> None:
    def refuse(connection: ServerConnection, _request: object) -> object:
        answer = connection.respond(status, "no")
        answer.headers["Retry-After"] = "9"
        return answer

    with venue(lambda _connection: None, process_request=refuse) as url:
        with pytest.raises(error, match=str(status)) as caught:
            ExchangeSocket(url, SocketOptions())
    if isinstance(caught.value, ThrottledError):
        assert caught.value.retry_after == 9


def test_nobody_there() -> None:
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9 could not be reached"):
        ExchangeSocket("ws://127.0.0.1:9/", SocketOptions(connect_timeout=1.0))


def test_tls_is_always_verified() -> None:
    """A plain server is not TLS, and nothing here can switch the check off."""
    with venue(lambda _connection: None) as url, pytest.raises(UnreachableError):
        ExchangeSocket(url.replace("ws://", "wss://"), SocketOptions(connect_timeout=2.0))
