"""grpc.health.v1.Health: what is ready to be used, as answers and as streams.

The servicer of grpcio-health-checking sends to its watchers on the thread that changes a status, which then waits for
the slowest of them. Here a status is one more channel with one more kind of subscribers.
"""

from __future__ import annotations

import threading
import time

from grpc_health.v1 import health_pb2 as pb

from ..api.calls import Opened, Service, Streaming, Unary
from ..publish.channel import ConflatedChannel, Overflow
from ..request_errors import exhausted, invalid, shown, unknown

SERVICE = "grpc.health.v1.Health"
LONGEST_NAME = 200
NAMES = 1_000
# Seconds from a request to its stream, at most.
ON_ITS_WAY = 10.0


class Health:
    """The state of each name: a service, a market, or empty for the server as a whole. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[str, int] = {}
        self._slots: dict[str, ConflatedChannel] = {}
        """Of names that have or had watchers."""
        self._asked: dict[str, float] = {}

    def set(self, name: str, serving: bool) -> None:
        """Takes effect for the streams at once."""
        self._change({name: _SERVING if serving else _NOT_SERVING})

    def forget(self, name: str) -> None:
        """There is no such name any more."""
        with self._lock:
            if self._statuses.pop(name, None) is not None and name in self._slots:
                self._publish(name)

    def close(self) -> None:
        """Nothing is serving: the server stops."""
        self._change(dict.fromkeys(list(self._statuses), _NOT_SERVING))

    def _change(self, statuses: dict[str, int]) -> None:
        with self._lock:
            for name, status in statuses.items():
                if self._statuses.get(name) != status:
                    self._statuses[name] = status
                    if name in self._slots:
                        self._publish(name)

    def _publish(self, name: str) -> None:
        self._slots[name].publish(_message(self._statuses.get(name, _UNKNOWN)), time.monotonic_ns())

    # -- calls ---------------------------------------------------------------------------------------------------

    def service(self) -> Service:
        """Its calls."""
        return Service(SERVICE, {"Check": Unary(self._check, _parse)}, {"Watch": Streaming(self._watch, _parse)})

    def _check(self, request: pb.HealthCheckRequest) -> bytes:
        status = self._statuses.get(request.service)
        if status is None:
            raise unknown("service", request.service, "", f"unknown service {shown(request.service)}")
        return _message(status)

    def _watch(self, request: pb.HealthCheckRequest) -> Opened:
        """An unknown name can be watched too, because it may be added later."""
        name, now = request.service, time.monotonic()
        if len(name) > LONGEST_NAME:
            raise invalid("service", f"was longer than {LONGEST_NAME} characters")
        with self._lock:
            if name not in self._slots:
                self._make_room(now)
                self._slots[name] = ConflatedChannel()
                self._publish(name)
            self._asked[name] = now
            return self._slots[name], Overflow.DROP_OLDEST

    def _make_room(self, now: float) -> None:
        """Forgets names without watchers; a watcher may still be about to join a name that was just requested."""
        if len(self._slots) < NAMES:
            return
        for name in [name for name, at in self._asked.items() if at < now - ON_ITS_WAY and not len(self._slots[name])]:
            del self._slots[name], self._asked[name]
        if len(self._slots) >= NAMES:
            raise exhausted("names", f"at most {NAMES} names are watched at once", ON_ITS_WAY)


_SERVING = int(pb.HealthCheckResponse.ServingStatus.Value("SERVING"))
_NOT_SERVING = int(pb.HealthCheckResponse.ServingStatus.Value("NOT_SERVING"))
_UNKNOWN = int(pb.HealthCheckResponse.ServingStatus.Value("SERVICE_UNKNOWN"))
_parse = pb.HealthCheckRequest.FromString


def _message(status: int) -> bytes:
    payload: bytes = pb.HealthCheckResponse(status=status).SerializeToString()
    return payload
