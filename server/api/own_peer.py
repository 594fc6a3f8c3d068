"""Whether a connection comes from a program of the user who runs this server: only then it needs no token to command.

A port on a loopback address is open to every user of the machine, so the address alone proves nothing. The system
knows whose socket the other end is: Linux is asked for it (sock_diag.py), or its tables /proc/net/tcp and tcp6 are
read, which name the user of each; elsewhere lsof lists one's own.

What is proved is who opened the socket. A proxy or tunnel that runs as the same user passes strangers on: behind one,
give the server a tokens file or no commands.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import unquote

from ..logs import about
from .sock_diag import ESTABLISHED, Address, look_up

log = logging.getLogger(__name__)

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_OVERFLOW = Path("/proc/sys/kernel/overflowuid")
LSOF_SECONDS = 5.0
_PEER = re.compile(r"ipv[46]:\[?([0-9a-fA-F.:]+)\]?:([0-9]{1,5})")


class OwnPeers:
    """Peers of one listening port."""

    def __init__(self, host: str = "", port: int = 0) -> None:
        self.host, self.port = host, port
        """What the server listens on, once it is bound."""

    def __contains__(self, peer: str) -> bool:
        """Whether this peer, as gRPC writes it, is a program of our user on this machine. False where that cannot be
        found out."""
        if peer.startswith("unix:"):
            return self._opened_unix(peer)
        address = address_of(peer)
        if address is None or not address[0].is_loopback:
            return False
        try:
            if not TABLES[0].exists():
                return _by_lsof(address, self.port)
            own = os.getuid()
            if own == int(_OVERFLOW.read_text()):
                return False  # "nobody" also stands for users of other containers.
            found = self._sockets(address)
            return bool(found) and all(each == (ESTABLISHED, own) for each in found)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("whose connection %s is could not be found out: %s", peer, error, extra=about("peer_unknown"))
            return False

    def _opened_unix(self, peer: str) -> bool:
        """A Unix socket: `unix:USER:NUMBER` names whose program it is; without a name it is ours where nobody else may
        open the file."""
        user = peer.split(":")[1]
        if user:
            return user == str(os.getuid())
        try:
            return not Path(self.host.removeprefix("unix:")).stat().st_mode & 0o077
        except OSError:
            return False

    def _sockets(self, peer: Address) -> list[tuple[int, int]]:
        """State and user of every socket that may be the other end of this peer's connection."""
        listening = listening_on(self.host, peer[0])
        if listening is not None and (found := look_up(peer, (listening, self.port))) is not None:
            return [found]
        return [row for table in TABLES if table.exists() for row in rows_of(table.read_text(), peer, self.port)]


def listening_on(host: str, peer: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address | None:
    """The address that a loopback peer has connected to, where it can be only one."""
    try:
        address = plain(ip_address(host))
    except ValueError:
        if host != "localhost":
            return None
    else:
        if not address.is_loopback:
            return None  # Of all addresses of loopback.
        if address.version == peer.version:
            return address
    return IPv4Address("127.0.0.1") if peer.version == 4 else IPv6Address("::1")


def address_of(peer: str) -> Address | None:
    """IP address and port of a peer as gRPC writes it: ipv4:127.0.0.1:40000, ipv6:%5B::1%5D:40000."""
    found = _PEER.fullmatch(unquote(peer))
    if found is None:
        return None
    try:
        return plain(ip_address(found[1])), int(found[2])
    except ValueError:
        return None


def plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that an IPv6 socket has is that IPv4 address."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def rows_of(table: str, peer: Address, port: int) -> Iterator[tuple[int, int]]:
    """State and user of every socket whose own end is `peer` and whose other end is `port` of this machine.

    There may be several, as loopback has many addresses. A socket that its program has closed belongs to user 0: a row
    in any other state than established proves nothing.
    """
    own_end, other_end = f":{peer[1]:04X}", f":{port:04X}"
    for line in table.splitlines()[1:]:
        fields = line.split(None, 8)
        if len(fields) < 9 or not fields[1].endswith(own_end) or not fields[2].endswith(other_end):
            continue
        if _address(fields[1]) == peer[0] and _address(fields[2]).is_loopback:
            yield int(fields[3], 16), int(fields[7])


def _address(field: str) -> IPv4Address | IPv6Address:
    """The kernel writes addresses as words of 32 bits in the order of the machine."""
    raw = bytes.fromhex(field.partition(":")[0])
    words = [raw[at : at + 4] for at in range(0, len(raw), 4)]
    return plain(ip_address(b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)))


def _by_lsof(peer: Address, port: int) -> bool:
    command = ["lsof", "-nP", "-a", f"-u{os.getuid()}", f"-iTCP:{peer[1]}", "-sTCP:ESTABLISHED", "-Fn"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=LSOF_SECONDS, check=False).stdout
    host = f"[{peer[0]}]" if peer[0].version == 6 else str(peer[0])
    return f"n{host}:{peer[1]}->{host}:{port}" in said.splitlines()
