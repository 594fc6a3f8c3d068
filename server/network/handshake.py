"""The opening handshake of a websocket (RFC 6455, section 4): one request, one answer, no redirect, no cookie."""

from __future__ import annotations

import io
import os
import socket
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from http.client import HTTPException, parse_headers
from urllib.parse import urlsplit

from requests.utils import requote_uri

from ..addresses import host_of
from ..causes import SpeaksTlsError
from ..errors import RefusedError, ThrottledError, UnreachableError, VenueError
from .dial import DEFAULT_PORTS, Deadline, basic_authorization, read_head
from .retry_after import retry_after

ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SWITCHING = 101


def shake_hands(stream: socket.socket, url: str, deadline: Deadline) -> bytes:
    """Makes a websocket of a stream; returns the bytes that came behind the answer.

    Raises ThrottledError, RefusedError, UnreachableError for any other answer, and OSError.
    """
    key = b64encode(os.urandom(16))
    stream.settimeout(deadline.left())
    stream.sendall(_request(url, key))
    head, rest = read_head(stream, deadline)
    status, headers = _parse(head)
    if status == 400 and b"HTTPS" in rest:
        raise SpeaksTlsError("the port speaks TLS: the address must begin with wss://")
    if status != SWITCHING:
        raise refused(host_of(url), status, headers)
    expected = b64encode(sha1(key + ACCEPT, usedforsecurity=False).digest()).decode()
    if headers.get("upgrade", "").lower() != "websocket" or headers.get("sec-websocket-accept", "") != expected:
        raise UnreachableError(f"{host_of(url)} gave an invalid answer to the websocket handshake")
    return rest


def _request(url: str, key: bytes) -> bytes:
    address = urlsplit(url)
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    host = host_of(url)
    if address.port == DEFAULT_PORTS.get(address.scheme):
        host = host.rpartition(":")[0]
    lines = [
        f"GET {requote_uri(path)} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key.decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    if authorization := basic_authorization(address):
        lines.append(f"Authorization: {authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _parse(head: bytes) -> tuple[int, Mapping[str, str]]:
    """Status and headers by their names in small letters; of a repeated one the first."""
    line, _, fields = head.partition(b"\r\n")
    parts = line.split(b" ", 2)
    if not parts[0].startswith(b"HTTP/1.") or len(parts) < 2 or len(parts[1]) != 3 or not parts[1].isdigit():
        raise UnreachableError(f"no HTTP answer to the websocket handshake: {line[:60]!r}")
    try:
        headers = parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
    except HTTPException as error:
        raise UnreachableError(f"headers of the handshake could not be read: {error!s:.80}") from error
    return int(parts[1]), {name.lower(): value.strip() for name, value in reversed(headers.items())}


def refused(host: str, status: int, headers: Mapping[str, str]) -> VenueError:
    """What an answer other than 101 means."""
    if status in (418, 429, 503) and (status != 503 or "retry-after" in headers):
        wait = retry_after(headers.get("retry-after", ""), status)
        return ThrottledError(f"{host} answered {status} (waiting {wait:.0f} s)", wait, status == 418)
    if status in (401, 403, 451):
        return RefusedError(f"{host} refused the connection with {status}")
    if 300 <= status < 400:
        return UnreachableError(f"{host} answered {status}: {redirection(headers.get('location', ''))}")
    return UnreachableError(f"{host} answered {status} to the websocket handshake")


def redirection(location: str) -> str:
    """The words of an error about a redirect, whose target is named by scheme and host only."""
    target = location.partition("?")[0][:200]
    scheme, _, rest = target.partition("://")
    where = f"{scheme}://{host_of(target)}" if rest else "another path"
    return f"redirects are not followed (to {where if where.isprintable() else 'an unreadable address'})"
