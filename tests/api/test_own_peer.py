"""Whose program the other end of a connection is: read from the system's tables, and never believed without proof."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api import own_peer
from server.api.own_peer import OwnPeers, address_of, listening_on, rows_of
from server.api.sock_diag import Address

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LITTLE = pytest.mark.skipif(sys.byteorder != "little", reason="the samples are of a little-endian machine")
PORT = 50052
PEER: Address = ip_address("127.0.0.1"), 40000
BASH = shutil.which("bash")
STRANGER = "exec 3<>/dev/tcp/$0/$1; read -r -u 3"


def row(own: str, other: str, state: str = "01", uid: int = 1000) -> str:
    return f"   0: {own} {other} {state} 00000000:00000000 00:00000000 00000000  {uid}        0 339 1 0 100 0 0 10 0\n"


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:127.0.0.1:40000", ("127.0.0.1", 40000)),
        ("ipv6:%5B::1%5D:40000", ("::1", 40000)),
        ("ipv6:[::1]:40000", ("::1", 40000)),
        ("ipv6:[::ffff:127.0.0.1]:40000", ("127.0.0.1", 40000)),
        ("unix:/run/onebook", None),
        ("ipv4:localhost:1", None),
        ("ipv4:1.2.3.4.5:1", None),
        ("", None),
    ],
)
def test_peers_as_grpc_writes_them(peer: str, address: tuple[str, int] | None) -> None:
    assert address_of(peer) == (address and (ip_address(address[0]), address[1]))


@given(st.text())
def test_any_text_is_a_stranger(peer: str) -> None:
    assert peer not in OwnPeers("127.0.0.1", PORT)


@LITTLE
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        (row("0100007F:9C40", "0100007F:C384"), [(1, 1000)]),
        (row("0000000000000000FFFF00000100007F:9C40", "0000000000000000FFFF00000100007F:C384"), [(1, 1000)]),
        (row("0100007F:9C40", "0200007F:C384", uid=7), [(1, 7)]),
        (row("0100007F:9C40", "0100007F:C384", "06", 0), [(6, 0)]),
        (row("0100007F:9C40", "0100007F:C385"), []),
        (row("0200007F:9C40", "0100007F:C384"), []),
        (row("0100007F:C384", "0100007F:9C40"), []),
        (row("0100007F:9C40", "08080808:C384"), []),
    ],
)
def test_rows_of_the_other_end(text: str, rows: list[tuple[int, int]]) -> None:
    assert list(rows_of(HEAD + text, PEER, PORT)) == rows


@LITTLE
def test_rows_of_ipv6() -> None:
    one = "00000000000000000000000001000000"
    assert list(rows_of(HEAD + row(f"{one}:9C40", f"{one}:C384"), (ip_address("::1"), 40000), PORT)) == [(1, 1000)]


@LITTLE
@pytest.mark.parametrize(
    ("rows", "own"),
    [
        ([(1, 0)], True),
        ([(1, 1)], False),
        ([(1, 0), (1, 1)], False),
        ([(6, 0)], False),
        ([(4, 0), (1, 0)], False),
        ([], False),
    ],
)
def test_only_open_sockets_of_our_user_count(
    rows: list[tuple[int, int]], own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rows` are of us (0) or of another user (1): one that is not ours, or is closing, makes all of them count for
    nothing."""
    text = "".join(row("0100007F:9C40", "0100007F:C384", f"{state:02X}", os.getuid() + user) for state, user in rows)
    (tmp_path / "tcp").write_text(HEAD + text)
    (tmp_path / "overflow").write_text("65534\n")
    monkeypatch.setattr(own_peer, "TABLES", (tmp_path / "tcp",))
    monkeypatch.setattr(own_peer, "look_up", lambda _own, _other: None)
    monkeypatch.setattr(own_peer, "_OVERFLOW", tmp_path / "overflow")
    assert ("ipv4:127.0.0.1:40000" in OwnPeers("127.0.0.1", PORT)) is own
    (tmp_path / "overflow").write_text(f"{os.getuid()}\n")
    assert "ipv4:127.0.0.1:40000" not in OwnPeers("127.0.0.1", PORT)


@pytest.mark.parametrize(
    ("host", "peer", "address"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "::1", "::1"),
        ("::1", "::1", "::1"),
        ("localhost", "::1", "::1"),
        ("0.0.0.0", "127.0.0.1", None),
        ("::", "::1", None),
        ("192.0.2.1", "127.0.0.1", None),
        ("a.name", "127.0.0.1", None),
    ],
)
def test_what_a_peer_connected_to(host: str, peer: str, address: str | None) -> None:
    """On several addresses of loopback there may be several connections from one port, each of another user."""
    assert listening_on(host, ip_address(peer)) == (address and ip_address(address))


def test_what_cannot_be_read_is_no_proof(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    peers = OwnPeers("127.0.0.1", PORT)
    monkeypatch.setattr(own_peer, "_OVERFLOW", Path("/missing"))
    if own_peer.TABLES[0].exists():
        assert "ipv4:127.0.0.1:40000" not in peers
        assert "could not be found out" in caplog.text


@pytest.fixture(params=["127.0.0.1", "::1"])
def listening(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    try:
        listening = socket.create_server((request.param, 0), family=family)
    except OSError:
        pytest.skip(f"no {request.param} here")
    with listening:
        listening.settimeout(20)
        yield listening


def grpc_name(address: tuple[str, int]) -> str:
    host, port = address[:2]
    return f"ipv6:%5B{host}%5D:{port}" if ":" in host else f"ipv4:{host}:{port}"


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_our_own_program_is_known(listening: socket.socket, host: str) -> None:
    peers = OwnPeers(host or listening.getsockname()[0], listening.getsockname()[1])
    with socket.create_connection(listening.getsockname()[:2]):
        stream, address = listening.accept()
        with stream:
            assert grpc_name(address) in peers
            assert grpc_name((address[0], address[1] - 1)) not in peers
            peers.port += 1
            assert grpc_name(address) not in peers


@pytest.mark.skipif(os.getuid() != 0 or BASH is None, reason="only root can run a program of another user")
@pytest.mark.parametrize("on_all", [False, True])
def test_another_user_is_a_stranger(listening: socket.socket, on_all: bool) -> None:
    host, port = listening.getsockname()[:2]
    peers = OwnPeers("::" if on_all else host, port)
    with subprocess.Popen([str(BASH), "-c", STRANGER, host, str(port)], user=12345, cwd="/") as stranger:
        stream, address = listening.accept()
        assert grpc_name(address) not in peers
        stream.close()
        stranger.wait(20)


def test_a_connection_that_its_program_closed_is_no_proof(listening: socket.socket) -> None:
    with socket.create_connection(listening.getsockname()[:2]) as client:
        stream, address = listening.accept()
    with stream:
        assert client.fileno() < 0
        assert grpc_name(address) not in OwnPeers(*listening.getsockname()[:2])
