"""What the log says of a server that begins: what it serves, and who can reach its ports."""

from __future__ import annotations

import logging

from orderbook_ext import IMPLEMENTATION

from .config import Config
from .logs import about
from .transport.choice import words

log = logging.getLogger(__name__)


def say_serving(config: Config, port: int) -> None:
    """Logs what is served, where, and by which implementation, and warnings about who can reach the port."""
    book = "C" if IMPLEMENTATION == "c" else "slow Python (the extension was not built)"
    where = f"{config.host}:{port}" if port else config.host
    line = "onebook serves %s on %s, books in %s, gRPC by %s"
    log.info(line, _names(config), where, book, words(config), extra=about("serving"))
    for event, caution in cautions(config):
        log.warning("%s", caution, extra=about(event))


def cautions(config: Config) -> list[tuple[str, str]]:
    """Warnings for the operator about who can reach the ports: events of the log and sentences."""
    found = []
    if not config.http_loopback and config.tls is None:
        whose = "tokens cross the network in plain text" if config.tokens is not None else "anybody can read"
        words = f"{whose} on the port of HTTP at {config.http_host}: no TLS was configured; set --tls-cert"
        found.append(("open_http", words))
    if config.loopback:
        return found
    if config.tls is None and config.tokens is not None:
        words = f"tokens cross the network in plain text on {config.host}: whoever listens can use them; set --tls-cert"
        found.append(("open_tokens", words))
    elif config.tls is None:
        found.append(("open_port", f"anybody who can reach {config.host} can read the streams: no TLS was configured"))
    if config.takes_commands and config.tokens is None:
        words = "commands are taken from programs of this user on this machine alone: there is no --tokens file"
        found.append(("open_control", words))
    return found


def _names(config: Config) -> str:
    return ", ".join(map(str, config.pairs))
