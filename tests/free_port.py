"""Ports for servers that tests start, and start anew at the same address."""

from __future__ import annotations

import os
import socket

LOWEST, HIGHEST = 12_000, 32_000
"""Below those that outgoing connections get, which could take the port while its server is away."""
APART = 7
"""Ports between the first choices of two processes that were started one after the other."""


def free_port() -> int:
    """A port of the loopback address that nobody has now."""
    for port in range(LOWEST + os.getpid() * APART % 15_000, HIGHEST):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
