"""Asks Linux about one TCP socket of this machine, by its two ends: a look-up, not a walk through all of them.

See sock_diag(7). The table of /proc/net/tcp has the same facts, and costs some milliseconds each time it is read.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

Address = tuple[IPv4Address | IPv6Address, int]

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR = 2
NLM_F_REQUEST = 1
ESTABLISHED = 1
ALL_STATES = 0xFFFFFFFF
WAIT = 1.0
"""Seconds. The kernel answers before the request returns."""
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_PORTS = struct.Struct("!HH")
_REST_OF_ID = struct.Struct("=III")
_NO_COOKIE = 0xFFFFFFFF
_ANSWER = struct.Struct("=BBBB4s16s16s12sIIIII")


class Found(NamedTuple):
    """A socket."""

    state: int
    """As in the kernel's tcp_states.h."""
    user: int
    """User ID of the program that opened the socket."""


def look_up(own: Address, other: Address) -> Found | None:
    """The socket with these ends. None where there is none, or where the kernel has no such service (it says the same).

    Raises OSError where the system does not let us ask.
    """
    family = socket.AF_INET if own[0].version == 4 else socket.AF_INET6
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, ALL_STATES) + _ends(own, other)
    body += _REST_OF_ID.pack(0, _NO_COOKIE, _NO_COOKIE)
    message = _HEADER.pack(_HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(WAIT)
        kernel.sendto(message, (0, 0))
        answer = kernel.recv(8192)
    kind = _HEADER.unpack_from(answer)[1]
    if kind == NLMSG_ERROR:
        code = -struct.unpack_from("=i", answer, _HEADER.size)[0]
        if code != errno.ENOENT:
            raise OSError(code, os.strerror(code))
        return None
    family, state, _, _, ports, own_address, other_address, _, _, _, _, user, _ = _ANSWER.unpack_from(
        answer, _HEADER.size
    )
    found = _address(family, own_address), _address(family, other_address)
    if kind != SOCK_DIAG_BY_FAMILY or ports != _PORTS.pack(own[1], other[1]) or found != (own[0], other[0]):
        return None  # A socket that listens on the same port.
    return Found(state, user)


def _address(family: int, packed: bytes) -> IPv4Address | IPv6Address:
    """An IPv4 address that an IPv6 socket has is that IPv4 address."""
    if family == socket.AF_INET:
        return IPv4Address(packed[:4])
    address = IPv6Address(packed)
    return address.ipv4_mapped or address


def _ends(own: Address, other: Address) -> bytes:
    return _PORTS.pack(own[1], other[1]) + own[0].packed.ljust(16, b"\0") + other[0].packed.ljust(16, b"\0")
