"""Opens byte streams: TCP, through a proxy where there is one, with TLS. One deadline counts for all of it."""

from __future__ import annotations

import os
import socket
import ssl
import time
from base64 import b64encode
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ..causes import SpeaksNoTlsError, SpeaksTlsError
from .proxies import Proxy

DEFAULT_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
# Variables of the environment that name the certificate authorities to trust, the first that is set.
CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE")
MAX_HEAD = 64 << 10
READ = 4096
# What OpenSSL says of an answer that is no TLS.
NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL")
# How Python says that the other end went away within a handshake; which of these comes hangs on the version.
CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError)
# A TLS alert: how ports that speak TLS answer a request without.
ALERT = b"\x15\x03"
TLS_HINT = " (if the port speaks TLS, its address is wss:// or https://)"
OPTIONS = ((socket.IPPROTO_TCP, socket.TCP_NODELAY), (socket.SOL_SOCKET, socket.SO_KEEPALIVE))


class Deadline:
    """A moment, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.words = f"not done within {seconds:g} s"
        """What an error says when it has passed."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(self.words)
        return left


def open_stream(url: str, proxy: Proxy | None, deadline: Deadline) -> socket.socket:
    """A stream to the host of an address (ws, wss, http, https). TLS certificates are always verified.

    Raises OSError (TimeoutError, ssl.SSLError among them) and ValueError for an address that is none.
    """
    target = urlsplit(url)
    host, port = target.hostname or "", port_of(target)
    stream = _through_proxy(proxy, host, port, deadline) if proxy else connect(host, port, deadline)
    return _secured(stream, host, deadline) if target.scheme in ("wss", "https") else stream


def reach_proxy(proxy: Proxy, deadline: Deadline) -> socket.socket:
    """A stream to an HTTP proxy itself. Raises OSError, ValueError."""
    address = urlsplit(proxy.url)
    host = address.hostname or ""
    stream = connect(host, port_of(address), deadline)
    return _secured(stream, host, deadline) if address.scheme == "https" else stream


def port_of(address: SplitResult) -> int:
    """The port of an address; ValueError if it is none."""
    return address.port or DEFAULT_PORTS.get(address.scheme, 80)


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A TCP connection to the first of the host's addresses that answers. Raises OSError."""
    failure: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        stream = socket.socket(family, kind, protocol)
        try:
            stream.settimeout(deadline.left())
            stream.connect(address)
        except OSError as error:
            stream.close()
            failure = error
        else:
            for level, option in OPTIONS:
                stream.setsockopt(level, option, 1)
            return stream
    raise failure


def read_head(stream: socket.socket, deadline: Deadline) -> tuple[bytes, bytes]:
    """Reads the head of an HTTP answer; returns it and the bytes that came behind it. Raises OSError."""
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > MAX_HEAD:
            raise OSError(f"the answer's head is longer than {MAX_HEAD} bytes")
        stream.settimeout(deadline.left())
        try:
            chunk = stream.recv(READ)
        except ConnectionResetError:
            chunk = b""
        if data.startswith(ALERT) or chunk.startswith(ALERT):
            raise SpeaksTlsError("the port speaks TLS: the address must begin with wss:// or https://")
        if not chunk:
            raise ConnectionResetError(ended(bool(data), isinstance(stream, ssl.SSLSocket)))
        data += chunk
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def ended(answered: bool, secured: bool) -> str:
    """What an error says of a connection that ended too early."""
    return f"the connection ended before the answer did{'' if answered or secured else TLS_HINT}"


def _through_proxy(proxy: Proxy, host: str, port: int, deadline: Deadline) -> socket.socket:
    address = urlsplit(proxy.url)
    if address.scheme.startswith("socks"):
        return _through_socks(address, host, port, deadline)
    stream = reach_proxy(proxy, deadline)
    try:
        stream.settimeout(deadline.left())
        stream.sendall(_connect_request(address, host, port))
        head, _ = read_head(stream, deadline)
        status = head.split(b"\r\n", 1)[0].split(b" ")[1:2]
        if status != [b"200"]:
            raise OSError(f"the proxy answered {b' '.join(status).decode('latin-1') or 'no status'!s:.20}")
    except BaseException:
        stream.close()
        raise
    return stream


def _connect_request(proxy: SplitResult, host: str, port: int) -> bytes:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if authorization := basic_authorization(proxy):
        lines.append(f"Proxy-Authorization: {authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def basic_authorization(address: SplitResult) -> str:
    """The value of an Authorization header from the credentials in an address; empty without any."""
    if not address.username:
        return ""
    pair = f"{unquote(address.username)}:{unquote(address.password or '')}"
    return "Basic " + b64encode(pair.encode()).decode()


def _through_socks(proxy: SplitResult, host: str, port: int, deadline: Deadline) -> socket.socket:
    try:
        import socks  # type: ignore[import-untyped]
    except ImportError:
        raise OSError("a SOCKS proxy needs the package PySocks: pip install 'requests[socks]'") from None
    kind = socks.SOCKS4 if proxy.scheme.startswith("socks4") else socks.SOCKS5
    stream: socket.socket = socks.create_connection(
        (host, port),
        timeout=deadline.left(),  # pyright: ignore[reportArgumentType]
        proxy_type=kind,
        proxy_addr=proxy.hostname,
        proxy_port=port_of(proxy),
        proxy_rdns=proxy.scheme.endswith(("h", "a")),
        proxy_username=unquote(proxy.username) if proxy.username else None,
        proxy_password=unquote(proxy.password) if proxy.password else None,
    )
    return stream


def _secured(stream: socket.socket, host: str, deadline: Deadline) -> socket.socket:
    try:
        stream.settimeout(deadline.left())
        return _tls(next(filter(None, map(os.environ.get, CA_BUNDLES)), "")).wrap_socket(stream, server_hostname=host)
    except BaseException as error:
        stream.close()
        if isinstance(error, ssl.SSLError) and error.reason in NO_TLS:
            words = "the port does not speak TLS: the address must begin with ws:// or http://"
            raise SpeaksNoTlsError(words) from error
        if isinstance(error, CUT_OFF):
            raise ConnectionResetError("the TLS handshake was cut off: does the port speak TLS?") from error
        raise


@lru_cache(maxsize=4)
def _tls(bundle: str) -> ssl.SSLContext:
    """Verifies certificates against a file or folder of authorities, else the system's and those of requests."""
    if bundle:
        folder = Path(bundle).is_dir()
        return ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
