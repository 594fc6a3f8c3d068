"""The kernel's word on one socket: by both of its ends, or not at all."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from server.api.sock_diag import ESTABLISHED, Address, Found, look_up

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
OURS = Found(ESTABLISHED, os.getuid())


@contextmanager
def connected(host: str, target: str = "") -> Iterator[tuple[Address, Address]]:
    """Both ends of a connection, its client's first."""
    try:
        listening = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError:
        pytest.skip(f"no {host} here")
    with listening, socket.create_connection((target or host, listening.getsockname()[1])), listening.accept()[0] as s:
        yield end(s.getpeername()), end(s.getsockname())


def end(name: tuple[str, int]) -> Address:
    return ip_address(name[0]), name[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.3", "::1"])
def test_a_connection_and_what_is_near_it(host: str) -> None:
    with connected(host) as (client, server):
        assert look_up(client, server) == OURS
        assert look_up(server, client) == OURS
        for own, other in (((client[0], client[1] - 1), server), (client, (server[0], server[1] - 1))):
            assert look_up(own, other) is None
        assert look_up(server, (client[0], 9)) is None, "the socket that listens there is another one"


def test_a_client_with_an_ipv6_socket_on_ipv4() -> None:
    with connected("127.0.0.1", "::ffff:127.0.0.1") as (client, server):
        assert look_up(client, server) == OURS


def test_another_address_of_loopback_is_another_connection() -> None:
    with connected("127.0.0.1") as (client, server):
        assert look_up(client, (ip_address("127.0.0.2"), server[1])) is None
