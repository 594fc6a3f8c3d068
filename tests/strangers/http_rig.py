"""The innocent readers beside attacks on the port of HTTP: of events, of a websocket, of the page, of metrics."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.waiting import eventually

from ..e2e.processes import Server
from .rig import Innocent

ASKED_EVERY = 0.1
"""Seconds between two requests of the readers of pages."""
SECONDS = 30.0
STREAM = "/v1/stream/book"


class HttpReader:
    """One reader. `times`: when its messages came; `error`: why it has ended, empty while it reads."""

    def __init__(self, read: Callable[[HttpReader], None]) -> None:
        self.times: list[float] = []
        self.error = ""
        self.closing = False
        self._thread = threading.Thread(target=self._run, args=(read,), daemon=True)
        self._thread.start()
        eventually(lambda: self.times or self.error, "a first message")

    def _run(self, read: Callable[[HttpReader], None]) -> None:
        try:
            read(self)
            self.error = "" if self.closing else "the server ended the stream"
        except (OSError, http.client.HTTPException, WebSocketException) as error:
            self.error = "" if self.closing else repr(error)

    def came(self) -> None:
        self.times.append(time.monotonic())

    def close(self) -> None:
        self.closing = True
        self._thread.join(SECONDS)


def events(port: int) -> Callable[[HttpReader], None]:
    """A reader of server-sent events."""

    def read(reader: HttpReader) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        connection.request("GET", STREAM)
        answer = connection.getresponse()
        while not reader.closing and (line := answer.readline()):
            if line.startswith(b"data: {"):
                reader.came()
        connection.close()

    return read


def websocket(port: int) -> Callable[[HttpReader], None]:
    """A reader of a websocket that gives a credit per message."""

    def read(reader: HttpReader) -> None:
        with connect(f"ws://127.0.0.1:{port}/websocket", open_timeout=SECONDS, compression=None) as socket:
            socket.send(json.dumps({"op": "subscribe", "id": "a", "call": STREAM}))
            while not reader.closing:
                assert "message" in json.loads(socket.recv(SECONDS))
                reader.came()
                socket.send(json.dumps({"op": "credit", "id": "a"}))

    return read


def page(port: int, path: str) -> Callable[[HttpReader], None]:
    """Who asks for a page again and again, on one connection."""

    def read(reader: HttpReader) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        while not reader.closing:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            reader.came()
            time.sleep(ASKED_EVERY)
        connection.close()

    return read


class Innocents:
    """Five readers that have done nothing."""

    def __init__(self, server: Server, port: int) -> None:
        self.readers: dict[str, Any] = {
            "gRPC": Innocent(server),
            "events": HttpReader(events(port)),
            "websocket": HttpReader(websocket(port)),
            "page": HttpReader(page(port, "/")),
            "metrics": HttpReader(page(port, "/metrics")),
        }

    def counts(self) -> dict[str, int]:
        """Messages of each so far."""
        return {name: len(reader.times) for name, reader in self.readers.items()}

    def rates(self, seconds: float) -> dict[str, float]:
        """Messages per second of each, from now on."""
        began, before = time.monotonic(), self.counts()
        time.sleep(seconds)
        passed = time.monotonic() - began
        return {name: (count - before[name]) / passed for name, count in self.counts().items()}

    def go_on(self) -> None:
        """Some more messages come to each of them."""
        before = self.counts()

        def all_have() -> bool:
            return all(count > before[name] + 3 for name, count in self.counts().items())

        eventually(all_have, lambda: f"{before} {self.counts()} {self.errors()}")

    def errors(self) -> dict[str, str]:
        """Those that have ended, and why."""
        return {name: reader.error for name, reader in self.readers.items() if reader.error}

    def close(self) -> None:
        for reader in self.readers.values():
            with suppress(OSError):
                reader.close()
