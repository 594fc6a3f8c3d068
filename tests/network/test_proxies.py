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

from server.addresses import is_loopback, redacted
from server.connection.websocket import ExchangeSocket, SocketOptions
from server.errors import UnreachableError, VenueError
from server.network.rest_client import RestClient
from server.protocol.rest_request import RestRequest

from .raw_server import Peer, raw_server
from .test_handshake import answering
from .test_rest_client import LIMITS


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
    client.close()
    venue.shutdown()
    thread.join()
    venue.server_close()
    assert Proxy.seen == [("GET", f"http://127.0.0.1:{venue.server_port}/x", CREDENTIALS)]


NOBODY = "http://user:secret@127.0.0.1:9"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment whose proxy answers nobody."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in VARIABLES:
        monkeypatch.setenv(name, NOBODY)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_environment_never_hides_a_loopback_endpoint(host: str) -> None:
    with raw_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as port:
        client = RestClient(f"http://{host}:{port}", LIMITS)
        assert client.get(RestRequest("/x"), threading.Event()) == b"ok"
        client.close()
    with raw_server(Peer.upgrade) as port:  # type: ignore[arg-type]
        ExchangeSocket(f"ws://{host}:{port}/", SocketOptions()).close()


@pytest.mark.usefixtures("environment")
def test_an_error_says_that_a_proxy_may_be_the_reason() -> None:
    because = r"through the proxy 127\.0\.0\.1:9 \(of the environment's http_proxy and https_proxy\): .*refused"
    for scheme in ("http", "https"):
        with pytest.raises(UnreachableError, match=r"venue\.invalid could not be reached " + because) as caught:
            RestClient(f"{scheme}://venue.invalid", LIMITS).get(RestRequest("/x"), threading.Event())
        assert "secret" not in str(caught.value)
    for scheme in ("ws", "wss"):
        with pytest.raises(UnreachableError, match=r"venue\.invalid could not be reached " + because) as caught:
            ExchangeSocket(f"{scheme}://venue.invalid/", SocketOptions())
        assert "secret" not in str(caught.value)


def test_a_proxy_that_refuses_is_named() -> None:
    with raw_server(answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")) as port:
        proxy = f"http://user:secret@127.0.0.1:{port}"
        named = rf"venue\.invalid.* through the proxy 127\.0\.0\.1:{port} \(as configured\).*407"
        for base in ("http://venue.invalid", "https://venue.invalid"):
            with pytest.raises(VenueError, match=r"venue\.invalid.*407.*through the proxy|" + named):
                RestClient(base, LIMITS, proxy).get(RestRequest("/x"), threading.Event())
        with pytest.raises(UnreachableError, match=named):
            ExchangeSocket("wss://venue.invalid/", SocketOptions(proxy=proxy))


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nX: ", b""])
def test_a_proxy_that_trickles_ends_at_the_deadline(answer: bytes) -> None:
    def behave(peer: Peer) -> None:
        peer.request()
        peer.send(answer)
        peer.drip(b"a", 0.05)

    with (
        raw_server(behave) as port,
        pytest.raises(UnreachableError, match=r"through the proxy .*not done within 0\.5 s"),
    ):
        ExchangeSocket("ws://venue.invalid/", SocketOptions(connect_timeout=0.5, proxy=f"http://127.0.0.1:{port}"))


def test_no_proxy_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.setenv("no_proxy", "venue.invalid")
    with pytest.raises(UnreachableError) as caught:
        RestClient("http://venue.invalid", LIMITS).get(RestRequest("/x"), threading.Event())
    assert "proxy" not in str(caught.value)


def test_which_addresses_are_this_machine() -> None:
    here = ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"]
    assert [host for host in here if not is_loopback(host)] == []
    there = ["", None, "localhost.evil.org", "127.0.0.1.evil.org", "10.0.0.1", "::2", "venue"]
    assert [host for host in there if is_loopback(host)] == []


def test_credentials_are_taken_out_of_any_text() -> None:
    assert (
        redacted("of wss://me:pass@host:1/x?y=a@b and http://u@h, no")
        == "of wss://***@host:1/x?y=a@b and http://***@h, no"
    )
    assert redacted("https://me:p@ss@host/") == "https://***@host/"
    assert redacted("https://host/a@b") == "https://host/a@b"
