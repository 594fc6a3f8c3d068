"""The addresses of a port, and why one could not be bound."""

from __future__ import annotations

import errno
import socket


def addresses(host: str) -> list[str]:
    """The addresses to listen on for this host; localhost is both of its addresses, if the machine has IPv6."""
    if host != "localhost":
        return [host]
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


def bind_words(host: str, port: int, error: OSError) -> str:
    """Why the port could not be bound."""
    taken = error.errno == errno.EADDRINUSE
    reason = "; is another server running there?" if taken else f": {error.strerror or error}"
    return f"port {port} on {host} could not be bound{reason}"
