"""The gRPC port served by the engine: services and health, and the drain."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...api.access import Access
from ...api.calls import Service
from ...api.streams import Streams
from ...delays import Delays
from ...descriptors import connection_limit
from ...errors import ConfigError
from ...market.readiness import LIVENESS
from ...threads import Supervised
from .. import health
from ..addresses import addresses, listeners, remove, unix_path
from ..health import Health
from ..limits import AGE_GRACE, CALLS_BESIDE_STREAMS, CLIENT_WITHIN, HALF_OPEN, REQUEST_WITHIN
from ..tls import Certificates
from ._engine import Engine
from .conversation import reflection_of
from .native_calls import NativeCalls

if TYPE_CHECKING:
    from .processes.remote_engine import RemoteEngine

DRAIN_LOOK = 0.01


class NativeServer:
    """One port with all services. `port` is the bound port, even if 0 was requested."""

    def __init__(
        self,
        services: Sequence[Service],
        streams: Streams,
        host: str,
        port: int,
        stream_limit: int,
        access: Access | None = None,
        reflection: bool = True,
        tls: Certificates | None = None,
        stall_limit: float = 120.0,
        max_age: float = 0.0,
        processes: int = 0,
    ) -> None:
        """`stall_limit`: seconds for which a stream may read nothing of what there is; `max_age`: of a connection, in
        seconds, 0 for none; `processes`: so many serve, 0 for a thread of this one."""
        self._streams = streams
        self._host = host
        self._health = Health()
        self._engine = _engine_of(processes)
        self._engine.limit(
            connections=connection_limit(),
            calls_per_connection=stream_limit + CALLS_BESIDE_STREAMS,
            half_open=HALF_OPEN,
            request_within=REQUEST_WITHIN,
            handshake_within=5.0,
            idle=30.0,
            ping_every=10.0,
            ping_within=5.0,
            answer_within=CLIENT_WITHIN,
            status_within=5.0,
            stall=stall_limit,
            age=max_age,
            age_grace=AGE_GRACE,
        )
        if tls is not None:
            self._secure(tls)
            tls.on_reload = lambda: self._secure(tls)
        self.port = self._bind(host, port)
        if access is not None:
            access.serve_on(host, self.port)
        listed = [each.name for each in services if each.listed]
        self._calls = NativeCalls(
            self._engine,
            [self._health.service(), *services],
            streams,
            access,
            at_once=health.SERVICE,
            conversations=reflection_of([*listed, health.SERVICE]) if reflection else {},
        )
        self._stopping = threading.Event()
        self._thread = Supervised("native transport", self._engine.run, self._stopping)
        for name in ("", LIVENESS, *listed):
            self.report(name, True)

    def _secure(self, tls: Certificates) -> None:
        try:
            self._engine.secure(*tls.pem())
        except ValueError as error:
            raise ConfigError(f"{tls.words} could not be used") from error

    def _bind(self, host: str, port: int) -> int:
        """The port, the same on every address of the host."""
        first, *others = addresses(host)
        bound = self._bind_one(first, port)
        for other in others:
            self._bind_one(other, bound)
        return bound

    def _bind_one(self, host: str, port: int) -> int:
        made = listeners(host, port, self._engine.processes)
        bound = 0 if unix_path(host) is not None else int(made[0].getsockname()[1])
        for each in made:
            each.setblocking(False)
        self._engine.listen([each.detach() for each in made])
        return bound

    def start(self) -> None:
        """Starts serving."""
        self._calls.start()
        self._thread.start()

    @property
    def threads(self) -> list[Supervised]:
        """The threads without which calls are not served."""
        return [self._thread, self._calls.thread]

    def counters(self) -> dict[str, int]:
        """What the engine did, and how often each of its limits was reached, by the names of core/counters.h."""
        return self._engine.counters()

    def send_delays(self) -> Delays:
        """From the publication of messages until their sockets have them."""
        found = Delays()
        found.add_counted(*self._engine.delays())
        return found

    def report(self, name: str, serving: bool | None) -> None:
        """Sets whether a service or a market is ready, for clients that ask for its health; None: it was removed."""
        if serving is None:
            self._health.forget(name)
        else:
            self._health.set(name, serving)

    def stop(self, grace: float) -> None:
        """Health says NOT_SERVING, streams end with UNAVAILABLE, then the port closes."""
        self._stop(grace)
        remove(self._host)

    def _stop(self, grace: float) -> None:
        self._health.close()
        self._streams.drain()
        if self._thread.ident is None:
            self._engine.stop()
            self._engine.run()  # It was never started: all that it does is to close its sockets.
            return
        self._engine.drain()
        until = time.monotonic() + grace
        while self._engine.counters()["connections"] and time.monotonic() < until:
            time.sleep(DRAIN_LOOK)
        self._stopping.set()
        self._engine.stop()
        self._thread.join(5.0)
        self._calls.stop()


def _engine_of(processes: int) -> Engine | RemoteEngine:
    """The engine in so many processes, which only Linux has; 0: in this one."""
    if not processes:
        return Engine()
    from .processes.remote_engine import RemoteEngine

    return RemoteEngine(processes)
