"""A server under attack, and those who have done nothing: a stream that is read, and calls that want their answer."""

from __future__ import annotations

import threading
import time
from typing import Any

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from onebook.v1 import control_pb2, control_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from server.transport.native import AVAILABLE
from tests.transport.servers import NATIVE
from tests.waiting import eventually

from ..e2e.processes import Server

ALONE = [("grpc.use_local_subchannel_pool", 1)]
MB = 1 << 20
PATIENCE = 60.0
BUILT = pytest.mark.skipif(not AVAILABLE, reason="it was not built here")
TRANSPORTS = ["push", *(pytest.param(name, marks=BUILT) for name in NATIVE)]


class Innocent:
    """Reads the default book, as a bot does."""

    def __init__(self, server: Server, request: Any = None) -> None:
        self.times: list[float] = []
        self.error = ""
        self.channel = grpc.insecure_channel(server.address, ALONE)
        self._stream: Any = stubs.MarketDataServiceStub(self.channel).StreamBook(request or pb.StreamBookRequest())
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        eventually(lambda: self.times, "a first book")

    def _read(self) -> None:
        try:
            for _ in self._stream:
                self.times.append(time.monotonic())
        except grpc.RpcError as error:
            self.error = str(error)

    def rate(self, seconds: float) -> float:
        """Messages per second, from now on."""
        began, before = time.monotonic(), len(self.times)
        time.sleep(seconds)
        return (len(self.times) - before) / (time.monotonic() - began)

    def goes_on(self) -> None:
        """Some more messages come."""
        before = len(self.times)
        eventually(lambda: len(self.times) > before + 3, "the stream of an innocent client goes on")

    def close(self) -> None:
        self._stream.cancel()
        self.channel.close()
        self._thread.join(10.0)


def everything(server: Server, patience: float = PATIENCE) -> float:
    """Asks for what there is on a connection of its own; the seconds of the slowest call. Raises where one fails."""
    slowest = 0.0
    with grpc.insecure_channel(server.address, ALONE) as channel:
        market, health = stubs.MarketDataServiceStub(channel), health_pb2_grpc.HealthStub(channel)
        control = control_pb2_grpc.ControlServiceStub(channel)
        for call in (
            lambda: health.Check(health_pb2.HealthCheckRequest(), timeout=patience),
            lambda: market.GetBook(pb.GetBookRequest(), timeout=patience),
            lambda: next(iter(market.StreamBook(pb.StreamBookRequest(), timeout=patience))),
            lambda: _refused(control.Pause, patience),
        ):
            began = time.monotonic()
            call()
            slowest = max(slowest, time.monotonic() - began)
    return slowest


def _refused(command: Any, patience: float) -> None:
    try:
        command(control_pb2.PauseRequest(venue="nosuch"), timeout=patience)
    except grpc.RpcError as error:
        refusal: Any = error
        assert refusal.code() is grpc.StatusCode.NOT_FOUND, refusal


def memory(server: Server) -> float:
    """Resident megabytes, with those of its serving processes."""
    own = psutil.Process(server.pid)
    return sum(float(each.memory_info().rss) for each in (own, *own.children())) / MB


def descriptors(server: Server) -> int:
    """Open files and sockets."""
    return int(psutil.Process(server.pid).num_fds())


def threads(server: Server) -> int:
    return int(psutil.Process(server.pid).num_threads())
