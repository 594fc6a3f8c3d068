"""A gRPC server of one service whose stream reads from a channel that the test publishes to."""

from __future__ import annotations

import time
from typing import Any

import grpc
import psutil
import pytest

from server.api.calls import Service, Streaming, Unary
from server.api.streams import Streams
from server.publish.channel import Channel, Overflow
from tests.api.conftest import Failure
from tests.transport.servers import served
from tests.waiting import eventually

SECONDS = 60
"""That a call may take: only one that hangs takes so long."""
WORKER = "server.transport.native.processes.worker"
"""The module that a serving process runs."""


class ServiceRig:
    """`a.Service` with a stream of the channel, and with these calls of one answer."""

    def __init__(
        self,
        transport: str,
        channel: Channel | None = None,
        unary: dict[str, Unary] | None = None,
        overflow: Overflow = Overflow.DROP_OLDEST,
        limit: int = 4,
        **options: Any,
    ) -> None:
        """`options` are those of served()."""
        self.channel = channel
        self.streams = Streams(limit)
        streaming = {"Read": Streaming(lambda _request: (channel, overflow), bytes)} if channel is not None else {}
        service = Service("a.Service", unary or {}, streaming)
        self.server = served(transport, [service], self.streams, limit, **options)
        self.server.start()
        host = options.get("host", "127.0.0.1")
        self.target = f"{host}:{self.server.port}" if self.server.port else host
        self.client: Any = grpc.insecure_channel(self.target)

    def read(self) -> Any:
        """A stream that has begun."""
        before = len(self.streams)
        stream = self.client.unary_stream("/a.Service/Read")(b"", timeout=SECONDS)
        eventually(lambda: len(self.streams) > before, "the stream does not begin")
        return stream

    def call(self, name: str, request: bytes = b"") -> bytes:
        return bytes(self.client.unary_unary(f"/a.Service/{name}")(request, timeout=SECONDS))

    def publish(self, payload: bytes) -> None:
        assert self.channel is not None
        self.channel.publish(payload, time.monotonic_ns())

    def member(self) -> Any:
        """The only subscriber of the channel, as the server made it."""
        assert self.channel is not None
        (subscriber,) = self.channel.members()
        return subscriber

    def stall(self) -> Any:
        """Publishes until a message is stuck, because its client reads nothing; the subscriber that it is stuck in."""
        member = self.member()
        while True:
            self.publish(b"x" * 1_000_000)
            since = member.in_flight_since
            time.sleep(0.3)
            if since and member.in_flight_since == since:
                return member

    def close(self) -> None:
        self.client.close()
        self.server.stop(0.1)


def serving_processes() -> list[psutil.Process]:
    """The serving processes of this process that live, among whatever else tests before have started."""
    living = (each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE)
    return [each for each in living if WORKER in each.cmdline()]


def ending(stream: Any) -> tuple[grpc.StatusCode, str]:
    """How a stream ends, whatever it sends before."""
    with pytest.raises(Failure) as caught:
        for _ in stream:
            pass
    return caught.value.code(), caught.value.details()
