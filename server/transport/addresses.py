"""Where a port listens: IP addresses, or a Unix socket; and why one could not be bound."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigError

UNIX = "unix:"
BACKLOG = 1024


def addresses(host: str) -> list[str]:
    """The addresses to listen on for this host; localhost is both of its addresses, if the machine has IPv6."""
    if host != "localhost":
        return [host]
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


def unix_path(host: str) -> Path | None:
    """The file of `unix:/run/onebook.sock`; None for every other host."""
    return Path(host.removeprefix(UNIX)) if host.startswith(UNIX) else None


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens on one address. Raises ConfigError."""
    path = unix_path(host)
    try:
        if path is not None:
            return _unix_listener(path)
        return socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    except OSError as error:
        raise ConfigError(bind_words(host, port, error)) from error


def listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """So many sockets that listen on one address, among which the system spreads connections; on a Unix socket there is
    one. Raises ConfigError."""
    if count == 1 or unix_path(host) is not None:
        return [listener(host, port)]
    made: list[socket.socket] = []
    try:
        # The first one asks for the port alone, so that there is no other server; then it lets the others in.
        made.append(_bound(host, port, alone=True))
        made[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        port = int(made[0].getsockname()[1])
        made += [_bound(host, port, alone=False) for _ in range(count - 1)]
        for each in made:
            each.listen(BACKLOG)
    except OSError as error:
        for each in made:
            each.close()
        raise ConfigError(bind_words(host, port, error)) from error
    return made


def _bound(host: str, port: int, alone: bool) -> socket.socket:
    made = socket.socket(_family(host), socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not alone:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if made.family is socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # As create_server() does.
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


@contextmanager
def private_files() -> Iterator[None]:
    """Files that are made meanwhile are this user's alone."""
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


def probe(host: str, port: int) -> None:
    """Asks the system for the address, and gives it back. Raises ConfigError."""
    listener(host, port).close()
    remove(host)


def remove(host: str) -> None:
    """Removes the file of a Unix socket, if the host is one."""
    path = unix_path(host)
    if path is not None:
        path.unlink(missing_ok=True)


def bind_words(host: str, port: int, error: OSError) -> str:
    """Why the address could not be bound."""
    taken = error.errno == errno.EADDRINUSE
    reason = "; is another server running there?" if taken else f": {error.strerror or error}"
    path = unix_path(host)
    return f"{f'port {port} on {host}' if path is None else f'socket {path}'} could not be bound{reason}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _unix_listener(path: Path) -> socket.socket:
    """Only this user may connect: the file has mode 0600 from its first moment."""
    _remove_dead(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with private_files():
            made.bind(str(path))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def _remove_dead(path: Path) -> None:
    """Removes the socket that a killed server has left. What is no socket, or answers, stays."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, "there is a file that is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(1.0)
        try:
            asked.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach a port of this host."""
    if host == "localhost" or unix_path(host) is not None:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
