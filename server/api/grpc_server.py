"""The gRPC port: services, health, reflection, channelz, TLS, keepalive and the drain."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from ..errors import ConfigError
from . import analytics, compat, market_data
from .streams import Streams

SERVICES = (market_data.SERVICE, analytics.SERVICE, compat.SERVICE)
PUSH_WORKERS = 16
SPARE_WORKERS = 8
MAX_REQUEST_BYTES = 64 << 10

# Half-open peers are found in about 15 s: keepalive alone waits for grpc.http2.ping_timeout_ms, 60 s by default.
OPTIONS: list[tuple[str, int]] = [
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients may ping this often; the default of 300 s ends eager clients with too_many_pings.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 5_000),
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    ("grpc.max_metadata_size", 16 << 10),
]


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. With a client authority only clients whose certificate it signed are let in."""

    certificate: Path
    key: Path
    client_authority: Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Reads the files. Raises ConfigError."""
        try:
            pair = (self.key.read_bytes(), self.certificate.read_bytes())
            root = self.client_authority.read_bytes() if self.client_authority else None
        except OSError as error:
            raise ConfigError(f"TLS file {error.filename}: {error.strerror}") from error
        return grpc.ssl_server_credentials([pair], root_certificates=root, require_client_auth=root is not None)


class GrpcServer:
    """One port with all services. `port` is the one bound, also when 0 was asked for."""

    def __init__(
        self,
        handlers: Sequence[grpc.GenericRpcHandler[Any, Any]],
        streams: Streams,
        host: str,
        port: int,
        stream_limit: int,
        tls: Tls | None = None,
        channelz: bool = False,
        services: Sequence[str] = SERVICES,
    ) -> None:
        workers = PUSH_WORKERS if streams.push else stream_limit + SPARE_WORKERS
        self._streams = streams
        self._server = grpc.server(
            futures.ThreadPoolExecutor(workers, thread_name_prefix="grpc"),
            handlers=list(handlers),
            options=[*OPTIONS, ("grpc.enable_channelz", int(channelz))],
            compression=grpc.Compression.NoCompression,
        )
        self._health = health.HealthServicer(experimental_non_blocking=True)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._services = services
        names = [*services, health.SERVICE_NAME, reflection.SERVICE_NAME]
        if channelz:
            from grpc_channelz.v1 import channelz as channelz_service

            channelz_service.add_channelz_servicer(self._server)
            names.append("grpc.channelz.v1.Channelz")
        reflection.enable_server_reflection(names, self._server)
        self.port = self._bind(host, port, tls)

    def _bind(self, host: str, port: int, tls: Tls | None) -> int:
        _probe(host, port)
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            bound = (
                self._server.add_secure_port(address, tls.credentials())
                if tls
                else self._server.add_insecure_port(address)
            )
        except RuntimeError as error:
            bound = 0
            reason: BaseException | None = error
        else:
            reason = None
        if not bound and tls:
            raise ConfigError(f"TLS certificate {tls.certificate} or key {tls.key} could not be used") from reason
        if not bound:
            raise ConfigError(f"port {port} on {host} could not be bound") from reason
        return int(bound)

    def start(self) -> None:
        """Starts serving."""
        self._server.start()
        self._report(health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace: float) -> None:
        """Health says NOT_SERVING, streams end with UNAVAILABLE, then the port closes."""
        self._health.enter_graceful_shutdown()
        self._streams.drain()
        self._server.stop(grace).wait()

    def _report(self, status: int) -> None:
        for name in ("", *self._services):
            self._health.set(name, status)


def _probe(host: str, port: int) -> None:
    """Asks the system for the port first: gRPC would write its own account of a failure to standard error."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "; is another server running there?" if taken else f": {error.strerror or error}"
        raise ConfigError(f"port {port} on {host} could not be bound{reason}") from error
