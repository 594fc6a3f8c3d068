"""The server of each transport, as the tests of calls and streams start it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from server.api.access import Access
from server.api.calls import Service
from server.api.streams import Streams
from server.transport.grpc import push_stream as push
from server.transport.grpc.grpc_server import GrpcServer

TRANSPORTS = [
    pytest.param("push", marks=pytest.mark.skipif(not push.AVAILABLE, reason="this grpcio lacks the private names")),
    "generator",
]


def served(
    transport: str,
    services: Sequence[Service],
    streams: Streams,
    limit: int,
    access: Access | None = None,
    channelz: bool = False,
    stall_limit: float = 120.0,
) -> Any:
    """A server on a free port of loopback that is not started yet."""
    return GrpcServer(
        services, streams, "127.0.0.1", 0, limit, channelz=channelz, access=access, push=transport == "push"
    )
