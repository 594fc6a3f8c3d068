"""The server of each transport, as the tests of calls and streams start it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from server.api.access import Access
from server.api.calls import Service
from server.api.streams import Streams
from server.transport import native
from server.transport.grpc import push_stream as push
from server.transport.grpc.grpc_server import GrpcServer
from server.transport.tls import Certificates

PROCESSES = "native-2-processes"
BUILT = pytest.mark.skipif(not native.AVAILABLE, reason="the engine was not built here")
BUILT_APART = pytest.mark.skipif(not native.PROCESSES, reason="serving processes were not built here")
TRANSPORTS = [
    pytest.param("push", marks=pytest.mark.skipif(not push.AVAILABLE, reason="this grpcio lacks the private names")),
    pytest.param("generator", marks=pytest.mark.slow),
    pytest.param("native", marks=BUILT),
    pytest.param(PROCESSES, marks=[BUILT_APART, pytest.mark.slow]),
]
"""Two of them are in `make test-quick`: the default where the engine is built, and the default elsewhere."""
NATIVE = ("native", PROCESSES) if native.PROCESSES else ("native",)
"""The transports of nghttp2's engine that this system may have."""


def processes_of(transport: str) -> int:
    """How many processes serve: 2 for native-2-processes; 0: a thread."""
    return int(transport.split("-")[1]) if transport.startswith("native-") else 0


def served(
    transport: str,
    services: Sequence[Service],
    streams: Streams,
    limit: int,
    access: Access | None = None,
    channelz: bool = False,
    stall_limit: float = 120.0,
    tls: Certificates | None = None,
    host: str = "127.0.0.1",
    max_age: float = 0.0,
) -> Any:
    """A server that is not started yet, on a free port of loopback unless `host` says otherwise."""
    if transport.startswith("native"):
        from server.transport.native.native_server import NativeServer

        return NativeServer(
            services,
            streams,
            host,
            0,
            limit,
            access,
            tls=tls,
            stall_limit=stall_limit,
            max_age=max_age,
            processes=processes_of(transport),
        )
    return GrpcServer(
        services,
        streams,
        host,
        0,
        limit,
        tls,
        channelz=channelz,
        access=access,
        push=transport == "push",
        max_age=max_age,
    )
