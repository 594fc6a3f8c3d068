"""Attacks on the port of HTTP of a whole server: five innocent readers go on, and memory stays bounded."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from ..e2e.processes import Server, Yard
from .http_attacks import CALL, HOST, NAMES, POST, UPGRADE
from .http_rig import Innocents
from .rig import everything, memory

pytestmark = pytest.mark.timeout(400)
SECONDS = 2.0
MEMORY_MB = 40
"""That all attacks together may leave behind, those of one process of Python that has served so much included."""


class HttpServer:
    """A server with both ports."""

    def __init__(self, yard: Yard) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        simulator = yard.simulator("--pair", "BTC/USDT", "--rate", "20")
        self.server: Server = yard.serve(simulator, "--http", str(self.port))
        everything(self.server)

    def raw(self, sent: bytes) -> bytes:
        """All that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60.0) as link:
            link.sendall(sent)
            found = b""
            try:
                while piece := link.recv(1 << 16):
                    found += piece
            except ConnectionResetError:
                pass
            return found


@pytest.fixture(scope="module")
def http_server(yard: Yard) -> HttpServer:
    return HttpServer(yard)


@pytest.fixture(scope="module")
def innocents(http_server: HttpServer) -> Iterator[Innocents]:
    """The same readers during all attacks: none of their streams ends."""
    made = Innocents(http_server.server, http_server.port)
    yield made
    errors = made.errors()
    made.close()
    assert errors == {}


@pytest.fixture(scope="module")
def before(http_server: HttpServer, innocents: Innocents) -> float:
    innocents.go_on()
    return memory(http_server.server)


@pytest.mark.parametrize("name", NAMES)
def test_an_attack(yard: Yard, http_server: HttpServer, innocents: Innocents, before: float, name: str) -> None:
    command = ("-m", "tests.strangers.http_attacks", name, str(http_server.port), str(SECONDS))
    attacker = yard.process(*command, name="attacker")
    innocents.go_on()
    assert attacker.wait() == 0, attacker.errors()
    assert int(attacker.output()) > 0, "it has attacked"
    innocents.go_on()
    assert innocents.errors() == {}
    assert memory(http_server.server) - before < MEMORY_MB


@pytest.mark.parametrize(
    "sent",
    [
        f"{POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        f"{POST}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n",
        f"{POST}content-length: 2\r\ncontent-length: 2\r\n\r\n{{}}",
        f"{POST}content-length: 2, 2\r\n\r\n{{}}",
        f"{POST}content-length: 0x2\r\n\r\n{{}}",
        f"{POST}content-length : 2\r\n\r\n{{}}",
        f"{POST}content-length: 2\r\n folded\r\n\r\n{{}}",
        f"{POST} content-length: 2\r\n\r\n{{}}",
        f"{POST}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        f"{POST}transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        f"{POST}transfer-encoding: chunked\r\n\r\n2\n{{}}\r\n0\r\n\r\n",
        f"{POST}transfer-encoding: chunked\r\n\r\n2 rubbish\r\n{{}}\r\n0\r\n\r\n",
        f"{POST}transfer-encoding: chunked\r\n\r\n2\r\n{{}}rubbish\r\n0\r\n\r\n",
        f"{POST}transfer-encoding: chunked\r\n\r\n-2\r\n{{}}\r\n0\r\n\r\n",
        f"{POST}transfer-encoding: chunked\r\n\r\n10000000000000002\r\n{{}}\r\n0\r\n\r\n",
        f"GET /health HTTP/1.1\n{HOST}\n\n",
        f"GET /health HTTP/1.1\r\n{HOST}x: a\rb\r\n\r\n",
    ],
)
def test_a_request_of_two_meanings_has_one_answer_at_most(http_server: HttpServer, sent: str) -> None:
    """Nothing behind such a request is read as another one."""
    found = http_server.raw(f"{sent}GET /health HTTP/1.1\r\n{HOST}connection: close\r\n\r\n".encode())
    assert found.count(b"HTTP/1.1 ") == found.count(b"HTTP/1.1 400 ") <= 1, found


@pytest.mark.parametrize(
    "path",
    [
        "/page/../../../../etc/passwd", "/page/..%2f..%2f..%2fetc/passwd", "/page/%2e%2e/%2e%2e/etc/passwd",
        "/page/..%252f..%252fetc/passwd", "/page/main.js%00", "/page/main.js%00.css", "/page//main.js",
        "/page/..\\..\\etc\\passwd", "/page/..%5c..%5cetc%5cpasswd", "//etc/passwd", "/page/./main.js",
        "http://evil.example/etc/passwd", "/page/page_files.py", "/page/%c0%ae%c0%ae/etc/passwd", "/v1/../metrics/..",
        "*", "", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_no_path_leaves_the_list(http_server: HttpServer, path: str) -> None:
    found = http_server.raw(f"GET {path} HTTP/1.1\r\n{HOST}connection: close\r\n\r\n".encode())
    assert found.split(b" ", 2)[1] in (b"400", b"404"), found
    assert b"root:" not in found
    assert b"import" not in found


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost@evil.example", "localhost.evil.example", "localhost:x", ""]
)
def test_no_name_of_others_is_taken(http_server: HttpServer, host: str) -> None:
    for start in (f"GET http://localhost{CALL} HTTP/1.1", "GET //localhost/metrics HTTP/1.1", "GET /metrics HTTP/1.1"):
        found = http_server.raw(f"{start}\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        assert found.split(b" ", 2)[1] in (b"400", b"403"), found


def test_a_websocket_that_was_not_opened_carries_nothing(http_server: HttpServer) -> None:
    """What stands behind an upgrade that is refused is no request."""
    refused = UPGRADE.replace("/websocket", "/nothing")
    found = http_server.raw(f"{refused}GET /v1/book HTTP/1.1\r\n{HOST}\r\n".encode())
    assert found.count(b"HTTP/1.1 ") == found.count(b"HTTP/1.1 404 ") == 1, found


def test_the_log_is_short_and_the_port_serves(http_server: HttpServer, innocents: Innocents) -> None:
    """After all of the above."""
    innocents.go_on()
    everything(http_server.server)
    assert len(http_server.server.errors()) < 60_000
    found = http_server.raw(f"GET /ready HTTP/1.1\r\n{HOST}connection: close\r\n\r\n".encode())
    assert found.endswith(b'{"status": "serving"}\n'), found
