"""A test double of the onebook server: a real gRPC server on a real socket that does exactly what a test tells it.

Each stream method plays a script: a list of steps that are run in order. `Server.restart` gives a new epoch on the same
port, `Server.stop` leaves the port closed.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

from onebook.v1 import (
    analytics_pb2,
    analytics_pb2_grpc,
    control_pb2,
    control_pb2_grpc,
    history_pb2,
    history_pb2_grpc,
    market_data_pb2_grpc,
)
from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb

VENUES = ("binance", "bitstamp")


def make_book(sequence: int = 1, *, epoch: int = 1, heartbeat: bool = False, levels: int = 3) -> pb.Book:
    """A small book of two venues; price exponent -2, size exponent -8."""
    book = pb.Book(market="BTC/USDT", price_exponent=-2, size_exponent=-8, spread=3, mid=61837645)
    book.header.publish_time_nanos = time.time_ns()
    book.header.epoch, book.header.sequence, book.header.heartbeat = epoch, sequence, heartbeat
    for i in range(levels):
        book.bids.add(price=6183763 - i, size=12345678 * (i + 1), venue=i % 2)
        book.asks.add(price=6183766 + i, size=87654321 // (i + 1), venue=(i + 1) % 2)
    for venue in VENUES:
        book.venues.add(
            venue=venue,
            state=pb.VENUE_STATE_LIVE,
            age_nanos=120_000_000,
            receive_time_nanos=book.header.publish_time_nanos - 120_000_000,
            bid_levels=1000,
            ask_levels=998,
            lowest_complete_bid=6100000,
        )
    return book


@dataclass(frozen=True)
class Send:
    """Send one response."""

    response: Any


@dataclass(frozen=True)
class Stall:
    """Send nothing more until the client leaves or the server stops."""


@dataclass(frozen=True)
class Fail:
    """End the call with a status and, optionally, error details."""

    code: grpc.StatusCode
    message: str = ""
    details: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Repeat:
    """Send what the function gives for 1, 2, 3, ... as fast as the client takes it, until it leaves."""

    make: Callable[[int], Any]
    pause: float = 0.0


Step = Send | Stall | Fail | Repeat


def books(*messages: pb.Book) -> list[Step]:
    """Steps that send these books."""
    return [Send(api.StreamBookResponse(book=message)) for message in messages]


def field_violation(field: str, description: str) -> error_details_pb2.BadRequest:
    """Details of an INVALID_ARGUMENT."""
    violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
    return error_details_pb2.BadRequest(field_violations=[violation])


def error_info(reason: str, **metadata: str) -> error_details_pb2.ErrorInfo:
    """A machine-readable reason."""
    return error_details_pb2.ErrorInfo(reason=reason, domain="onebook", metadata=metadata)


def retry_info(seconds: float) -> error_details_pb2.RetryInfo:
    """A wish of the server."""
    return error_details_pb2.RetryInfo(retry_delay=Duration(nanos=int(seconds * 1e9)))


def details_metadata(fail: Fail) -> tuple[tuple[str, bytes], ...]:
    """The trailing metadata that carries details."""
    status = status_pb2.Status(code=code_pb2.Code.Value(fail.code.name), message=fail.message)
    for detail in fail.details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def _unary(method: str) -> Callable[..., Any]:
    def call(self: Any, request: Any, context: Any) -> Any:
        for response in self._server.play(method, request, context):
            return response
        return context.abort(grpc.StatusCode.INTERNAL, "the script has no answer")

    return call


def _streaming(method: str) -> Callable[..., Any]:
    def call(self: Any, request: Any, context: Any) -> Iterator[Any]:
        yield from self._server.play(method, request, context)

    return call


def _servicer(base: type, service: Any, server: FakeServer) -> Any:
    """A servicer whose every method plays its script."""
    methods = {
        method.name: _streaming(method.name) if method.server_streaming else _unary(method.name)
        for method in service.methods
    }
    made = type("Servicer", (base,), methods)()
    made._server = server  # noqa: SLF001 - the class makes itself
    return made


def _add_market_data(server: FakeServer, grpc_server: grpc.Server) -> None:
    service = api.DESCRIPTOR.services_by_name["MarketDataService"]
    servicer = _servicer(market_data_pb2_grpc.MarketDataServiceServicer, service, server)
    market_data_pb2_grpc.add_MarketDataServiceServicer_to_server(servicer, grpc_server)


def _add_control(server: FakeServer, grpc_server: grpc.Server) -> None:
    service = control_pb2.DESCRIPTOR.services_by_name["ControlService"]
    servicer = _servicer(control_pb2_grpc.ControlServiceServicer, service, server)
    control_pb2_grpc.add_ControlServiceServicer_to_server(servicer, grpc_server)


def _add_analytics(server: FakeServer, grpc_server: grpc.Server) -> None:
    service = analytics_pb2.DESCRIPTOR.services_by_name["AnalyticsService"]
    servicer = _servicer(analytics_pb2_grpc.AnalyticsServiceServicer, service, server)
    analytics_pb2_grpc.add_AnalyticsServiceServicer_to_server(servicer, grpc_server)


def _add_history(server: FakeServer, grpc_server: grpc.Server) -> None:
    service = history_pb2.DESCRIPTOR.services_by_name["HistoryService"]
    servicer = _servicer(history_pb2_grpc.HistoryServiceServicer, service, server)
    history_pb2_grpc.add_HistoryServiceServicer_to_server(servicer, grpc_server)


class FakeServer:
    """The server. `scripts[method]` is a list of scripts: call n plays script n, later calls play the last one.

    Without `analytics` it is one from before that service.
    """

    def __init__(self, credentials: grpc.ServerCredentials | None = None, analytics: bool = True) -> None:
        self.scripts: dict[str, list[list[Step]]] = defaultdict(list)
        self.requests: list[tuple[str, Any]] = []
        self.metadata: list[dict[str, Any]] = []
        self.left = threading.Semaphore(0)
        """Released whenever a call ends, from whichever side."""
        self.port = _free_port()
        self._credentials = credentials
        self._analytics = analytics
        self._calls: dict[str, int] = defaultdict(int)
        self._stopping = threading.Event()
        self._server: grpc.Server | None = None
        self.start()

    @property
    def target(self) -> str:
        """HOST:PORT."""
        return f"localhost:{self.port}" if self._credentials else f"127.0.0.1:{self.port}"

    def script(self, method: str, *scripts: list[Step]) -> None:
        """What the next calls of a method do."""
        self.scripts[method] = list(scripts)
        self._calls[method] = 0

    def start(self) -> None:
        """Listen."""
        self._stopping = threading.Event()
        self._server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
        _add_market_data(self, self._server)
        _add_control(self, self._server)
        _add_history(self, self._server)
        if self._analytics:
            _add_analytics(self, self._server)
        if self._credentials is None:
            self._server.add_insecure_port(self.target)
        else:
            self._server.add_secure_port(self.target, self._credentials)
        self._server.start()

    def stop(self) -> None:
        """Die: connections break, the port refuses."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop(None).wait()
        self._server = None

    def play(self, method: str, request: Any, context: Any) -> Iterator[Any]:
        """Run the script of this call."""
        self.requests.append((method, request))
        self.metadata.append(dict(context.invocation_metadata()))
        number, self._calls[method] = self._calls[method], self._calls[method] + 1
        scripts = self.scripts[method]
        gone, stopping = threading.Event(), self._stopping
        context.add_callback(gone.set)
        try:
            for step in scripts[min(number, len(scripts) - 1)]:
                yield from self._step(step, context, gone, stopping)
        finally:
            self.left.release()

    def _step(self, step: Step, context: Any, gone: threading.Event, stopping: threading.Event) -> Iterator[Any]:
        if isinstance(step, Send):
            yield step.response
        elif isinstance(step, Fail):
            if step.details:
                context.set_trailing_metadata(details_metadata(step))
            context.abort(step.code, step.message)
        elif isinstance(step, Repeat):
            number = 0
            while not gone.wait(step.pause) and not stopping.is_set():
                number += 1
                yield step.make(number)
        else:
            while not gone.wait(0.02) and not stopping.is_set():
                pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
