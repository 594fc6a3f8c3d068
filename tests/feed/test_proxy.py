"""Websocket and REST through a proxy: a real one, that tunnels CONNECT and counts."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import requests
from websockets.sync.server import serve

from server.feed.rest import RestClient
from server.feed.socket import ExchangeSocket, SocketOptions
from server.protocol.rest_request import RestRequest

from .test_rest import LIMITS


class Proxy(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, str]]] = []

    def do_CONNECT(self) -> None:
        self._note()
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=self._pump, args=(upstream, self.connection))
            back.start()
            self._pump(self.connection, upstream)
            back.join()
        self.close_connection = True

    def do_GET(self) -> None:
        self._note()
        body = requests.get(self.path, timeout=5, proxies={"http": ""}).content
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _note(self) -> None:
        self.seen.append((self.command, self.path, self.headers.get("Proxy-Authorization", "")))

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One end is gone; so is the tunnel.

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def proxy() -> Iterator[str]:
    Proxy.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://user:pass%20word@127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


CREDENTIALS = "Basic " + b64encode(b"user:pass word").decode()


def test_websocket_through_a_proxy(proxy: str) -> None:
    with serve(lambda connection: connection.send("through"), "127.0.0.1", 0) as venue:
        thread = threading.Thread(target=venue.serve_forever)
        thread.start()
        port = venue.socket.getsockname()[1]
        with ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions(proxy=proxy)) as channel:
            message = channel.receive(5.0)
            assert message is not None
            assert message[0] == b"through"
        venue.shutdown()
        thread.join()
    assert Proxy.seen == [("CONNECT", f"127.0.0.1:{port}", CREDENTIALS)]


def test_rest_through_a_proxy(proxy: str) -> None:
    class Venue(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    venue = ThreadingHTTPServer(("127.0.0.1", 0), Venue)
    thread = threading.Thread(target=venue.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    client = RestClient(f"http://127.0.0.1:{venue.server_port}", LIMITS, proxy)
    assert client.get(RestRequest("/x"), threading.Event()) == b"ok"
    client._session().close()
    venue.shutdown()
    thread.join()
    venue.server_close()
    assert Proxy.seen == [("GET", f"http://127.0.0.1:{venue.server_port}/x", CREDENTIALS)]
