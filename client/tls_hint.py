"""Whether a port speaks TLS: asked by a command whose plain connection was closed without a word."""

from __future__ import annotations

import socket
import ssl

from .proxies import host_of

PATIENCE = 2.0
"""Seconds."""


def speaks_tls(target: str) -> bool:
    """Whether a TLS handshake with HOST:PORT begins well. Nothing is sent, and no certificate is trusted."""
    host, port = host_of(target), target.rpartition(":")[2]
    if not host or not port.isdigit():
        return False
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host, int(port)), PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return True
    except ssl.SSLError as error:
        # It has answered as TLS does, but wants a certificate of ours.
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
