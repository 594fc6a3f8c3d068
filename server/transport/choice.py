"""Which transports serve: nghttp2's engine or grpcio, and shared memory beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..api.access import Access
from ..api.calls import Service
from ..api.streams import Streams
from ..api.topics import default_book_channel
from ..delays import Delays
from ..errors import ConfigError
from ..market.market import Market
from ..publish.channel import Channel
from ..publish.dispatcher import Dispatcher
from ..publish.topics import BookChoice
from ..threads import Supervised
from . import native, shm
from .grpc.grpc_server import GrpcServer
from .grpc.private_grpc import AVAILABLE as PUSH
from .tls import Certificates

if TYPE_CHECKING:
    from ..config import Config
    from .shm.slot_publisher import SlotPublisher

VARIABLE = "ONEBOOK_TRANSPORT"
"""`generator` makes grpcio use its fallback for streams: for tests, and where push should misbehave."""


class Server(Protocol):
    """A port with all services."""

    port: int

    def start(self) -> None:
        """Starts serving."""

    @property
    def threads(self) -> list[Supervised]:
        """The threads without which calls are not served."""
        ...

    def report(self, name: str, serving: bool | None) -> None:
        """Sets whether a service or a market is ready; None: it was removed."""

    def counters(self) -> dict[str, int]:
        """What the port did, and how often its limits were reached, where it counts that."""
        ...

    def send_delays(self) -> Delays:
        """How long published messages take until the system, or grpcio, has them."""
        ...

    def stop(self, grace: float) -> None:
        """Streams end with UNAVAILABLE, then the port closes, after so many seconds at most."""


def chosen(config: Config) -> tuple[str, str]:
    """What speaks gRPC for this configuration, and, where `auto` could not choose the engine, why."""
    asked = os.environ.get(VARIABLE) or config.transport
    if asked != "auto":
        return asked, ""
    reason = _lacking(config)
    return ("grpcio", reason) if reason else ("native", "")


def words(config: Config) -> str:
    """The same for the line of the log that says what is served."""
    asked, reason = chosen(config)
    name = "nghttp2" if asked == "native" else "grpcio"
    if config.serve_processes:
        name += f" in {config.serve_processes} process{'es' if config.serve_processes > 1 else ''}"
    return f"{name} ({reason})" if reason else name


def _lacking(config: Config) -> str:
    """What the engine here lacks for this configuration."""
    if not native.POLLS:
        return "this system has neither epoll nor kqueue"
    if not native.AVAILABLE:
        return "built without nghttp2"
    if config.channelz:
        return "for channelz"
    if config.tls is not None and not _secure():
        return "built without OpenSSL"
    return ""


def _secure() -> bool:
    from .native import _engine

    return _engine.SECURE


def shared_books(config: Config, dispatcher: Dispatcher, choice: BookChoice, venues: int) -> SlotPublisher | None:
    """The books in shared memory of this configuration, if it wants them. Raises ConfigError where they cannot be had.

    `choice`: the book of the server's own options; `venues`: as many as a market may have.
    """
    if not config.shm:
        return None
    if not shm.AVAILABLE:
        raise ConfigError("shm needs an installation that was built with a C compiler")
    from .shm.slot_publisher import SlotPublisher

    def channel(market: Market) -> Channel:
        return default_book_channel(dispatcher, market, choice)

    return SlotPublisher(config.shm, channel, epoch=dispatcher.epoch.start, levels=choice.levels, venues=venues)


def server_of(
    config: Config,
    services: Sequence[Service],
    streams: Streams,
    access: Access,
    certificates: Certificates | None,
) -> Server:
    """The server of this configuration. Raises ConfigError where its transport cannot be had."""
    asked, reason = chosen(config)
    if asked == "native":
        return _native(config, services, streams, access, certificates)
    if config.serve_processes:
        raise ConfigError(f"serve_processes needs transport native{f': {reason}' if reason else f', not {asked}'}")
    return GrpcServer(
        services,
        streams,
        config.host,
        config.port,
        config.max_streams,
        certificates,
        config.channelz,
        config.reflection,
        access,
        push=PUSH and asked != "generator",
        max_age=config.max_connection_age,
    )


def _native(
    config: Config,
    services: Sequence[Service],
    streams: Streams,
    access: Access,
    certificates: Certificates | None,
) -> Server:
    if not native.POLLS:
        raise ConfigError("transport native needs epoll or kqueue, and this system has neither")
    if not native.AVAILABLE:
        raise ConfigError(
            "transport native needs an installation that was built with nghttp2 (Debian: libnghttp2-dev; "
            "Homebrew: libnghttp2)"
        )
    if config.serve_processes and not native.PROCESSES:
        raise ConfigError("serve_processes needs Linux: on this system a thread of the server serves")
    if config.channelz:
        raise ConfigError("transport native has no channelz: use transport grpcio")
    from .native.native_server import NativeServer

    if certificates is not None and not _secure():
        raise ConfigError(
            "transport native has TLS only if it was built with OpenSSL (Debian: libssl-dev, Homebrew: openssl)"
        )

    return NativeServer(
        services,
        streams,
        config.host,
        config.port,
        config.max_streams,
        access,
        config.reflection,
        certificates,
        config.stall_limit,
        config.max_connection_age,
        config.serve_processes,
    )
