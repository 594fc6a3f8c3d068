"""What a client is told when it is made: where the server is, how to prove oneself, and when to give up."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import grpc

from .backoff import Backoff
from .events import EventHandler
from .proxies import is_local

_log = logging.getLogger("onebook.client")

EXPOSED = "the token goes to %s in plain text, and whoever listens can use it: use TLS"
DEFAULT_TARGET = "127.0.0.1:50052"
DEFAULT_PORT = 50052

Token = str | Callable[[], str]
Pem = bytes | str | os.PathLike[str]


class ConnectionOptions(TypedDict, total=False):
    """The keyword arguments that say how a server is reached; explained in `Settings`."""

    timeout: float
    tls: bool
    root_certificates: Pem | None
    client_certificate: tuple[Pem, Pem] | None
    token: Token | None


@dataclass(frozen=True)
class Settings:
    """The same for the sync and the async client. Raises ValueError for what cannot work."""

    target: str = DEFAULT_TARGET
    timeout: float = 5.0
    """Seconds that a unary call may take."""
    idle_timeout: float | None = 15.0
    """A stream without message or heartbeat for this many seconds is dead and reconnects; None waits for ever."""
    reconnect: bool = True
    """A stream that loses its server tries again until it succeeds; False raises the error."""
    resume: bool = True
    """A stream of trades or candles that was disconnected asks the server's history for what happened meanwhile; False:
    it continues with what happens from then on. Servers without a history always do that with trades."""
    max_gap: float | None = None
    """A stream that had no message for this many seconds of trying raises the last error; None tries for ever."""
    heartbeats: bool = False
    """Streams also yield messages that only say that nothing changed."""
    on_event: EventHandler | None = None
    """Called with `Connected`, `Reconnecting` and `Resumed`, in the thread or task that reads the stream."""
    tls: bool = False
    """Encrypt, and check the server's certificate. Implied by certificates."""
    root_certificates: Pem | None = None
    """PEM bytes, or the path of a PEM file, of the authority to trust instead of the system's."""
    client_certificate: tuple[Pem, Pem] | None = None
    """Certificate chain and private key for a server that asks for them."""
    server_name: str = ""
    """Name to expect in the server's certificate, where it is not that of the target."""
    token: Token | None = field(default=None, repr=False)
    """Sent as `authorization: Bearer ...`; a function is asked again at every attempt, so that tokens can expire."""
    backoff: Backoff = field(default_factory=Backoff)
    """Pauses between attempts."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", parse_target(self.target))
        for name in ("timeout", "idle_timeout", "max_gap"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be a positive number of seconds, not {value}")
        if self.exposes_token:
            _log.warning(EXPOSED, self.target)

    @property
    def exposes_token(self) -> bool:
        """Whether the token leaves this machine without encryption: whoever listens can use it."""
        return self.token is not None and not self._encrypted and not is_local(self.target)

    @property
    def _encrypted(self) -> bool:
        return bool(self.tls or self.root_certificates or self.client_certificate)

    def credentials(self) -> grpc.ChannelCredentials | None:
        """Credentials of the channel; None for plain text. Raises OSError for a file that cannot be read."""
        if not self._encrypted:
            return None
        chain, key = self.client_certificate or (None, None)
        return grpc.ssl_channel_credentials(_pem(self.root_certificates), _pem(key), _pem(chain))

    def channel_options(self, options: list[tuple[str, int]]) -> list[tuple[str, int | str]]:
        """Channel options with those that depend on the user."""
        override = [("grpc.ssl_target_name_override", self.server_name)] if self.server_name else []
        # The environment's http_proxy must not hide a server on this machine.
        direct = [("grpc.enable_http_proxy", 0)] if is_local(self.target) else []
        return [*options, *override, *direct]

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Metadata of the next call."""
        if self.token is None:
            return ()
        token = self.token if isinstance(self.token, str) else self.token()
        return (("authorization", f"Bearer {token}"),)


def _pem(source: Pem | None) -> bytes | None:
    return source if source is None or isinstance(source, bytes) else Path(source).read_bytes()


def parse_target(text: str) -> str:
    """HOST:PORT as gRPC wants it; a missing host is this machine, a missing port is 50052. Raises ValueError."""
    if "//" in text or text.startswith("unix:"):
        return text
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(DEFAULT_PORT)
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if (":" in bare and bare == host) or any(c.isspace() for c in text):
        raise ValueError(f"not HOST:PORT: {text!r}" + (" (an IPv6 address needs brackets)" if ":" in bare else ""))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"not a port number in {text!r}: {port!r}")
    return f"{host or '127.0.0.1'}:{port}"
