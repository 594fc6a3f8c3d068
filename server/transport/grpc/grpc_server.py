"""The gRPC port: services, health, reflection, channelz, TLS and the drain."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent import futures
from contextlib import nullcontext

import grpc

from ...api.access import Access
from ...api.calls import Service
from ...api.streams import Streams
from ...delays import Delays
from ...errors import ConfigError
from ...market.readiness import LIVENESS
from ...threads import Supervised
from .. import health
from ..addresses import addresses, private_files, probe, remove, unix_path
from ..health import Health
from ..tls import Certificates
from .access_interceptor import AccessInterceptor
from .foreign import CHANNELZ, channelz_handler, reflection_handler
from .handlers import generic_handler
from .port_options import options
from .private_grpc import AVAILABLE
from .receive import GenericHandler, Receiver

SPARE_WORKERS = 8


class GrpcServer:
    """One port with all services. `port` is the bound port, even if 0 was requested."""

    def __init__(
        self,
        services: Sequence[Service],
        streams: Streams,
        host: str,
        port: int,
        stream_limit: int,
        tls: Certificates | None = None,
        channelz: bool = False,
        reflection: bool = True,
        access: Access | None = None,
        push: bool = AVAILABLE,
        max_age: float = 0.0,
    ) -> None:
        """`push`: calls and streams wait without a thread each; False is public API only. `max_age`: of a connection,
        in seconds, 0 for none."""
        self._streams = streams
        self._send_delays = Delays()
        self._host = host
        self.push = push
        """Whether streams have no thread each."""
        self._receiver = Receiver(streams.quota) if push else None
        workers = futures.ThreadPoolExecutor(stream_limit + SPARE_WORKERS, thread_name_prefix="grpc")
        self._server = grpc.server(
            self._receiver.pool if self._receiver else workers,
            interceptors=[AccessInterceptor(access)] if access is not None else [],
            options=options(stream_limit, channelz, max_age),
            compression=grpc.Compression.NoCompression,
        )
        self._health = Health()
        self._add([self._handler(self._health.service())], at_once=True)
        self._add([self._handler(each) for each in services])
        listed = [each.name for each in services if each.listed]
        names = [*listed, health.SERVICE]
        if channelz:
            self._add([channelz_handler()])
            names.append(CHANNELZ)
        if reflection:
            self._add([reflection_handler(names)])
        self.port = self._bind(host, port, tls)
        if access is not None:
            access.serve_on(host, self.port)
        for name in ("", LIVENESS, *listed):
            self.report(name, True)

    def _handler(self, service: Service) -> GenericHandler:
        return generic_handler(service, self._streams, self.push, self._send_delays)

    def _add(self, handlers: Sequence[GenericHandler], at_once: bool = False) -> None:
        adapted = [self._receiver.adapt(each, at_once) for each in handlers] if self._receiver else handlers
        self._server.add_generic_rpc_handlers(tuple(adapted))

    def _bind(self, host: str, port: int, tls: Certificates | None) -> int:
        """The port, the same on every address of the host."""
        first, *others = addresses(host)
        bound = self._bind_one(first, port, tls)
        for other in others:
            self._bind_one(other, bound, tls)
        return bound

    def _bind_one(self, host: str, port: int, tls: Certificates | None) -> int:
        probe(host, port)  # gRPC would write its own account of a failure to standard error.
        unix = unix_path(host) is not None
        address = host if unix else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            with private_files() if unix else nullcontext():
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
            raise ConfigError(f"{tls.words} could not be used") from reason
        if not bound:
            raise ConfigError(f"port {port} on {host} could not be bound") from reason
        return 0 if unix else int(bound)

    def start(self) -> None:
        """Starts serving."""
        if self._receiver:
            self._receiver.start()
        self._server.start()

    @property
    def threads(self) -> list[Supervised]:
        """The threads without which calls are not served."""
        return [self._receiver.thread] if self._receiver else []

    def report(self, name: str, serving: bool | None) -> None:
        """Sets whether a service or a market is ready, for clients that ask for its health; None: it was removed."""
        if serving is None:
            self._health.forget(name)
        else:
            self._health.set(name, serving)

    def counters(self) -> dict[str, int]:
        """Empty: grpcio does not count."""
        return {}

    def send_delays(self) -> Delays:
        """From the publication of messages until grpcio's flow control has accepted them."""
        return self._send_delays

    def stop(self, grace: float) -> None:
        """Health says NOT_SERVING, streams end with UNAVAILABLE, then the port closes."""
        self._health.close()
        self._streams.drain()
        self._server.stop(grace).wait()
        remove(self._host)
        if self._receiver:
            self._receiver.stop()
