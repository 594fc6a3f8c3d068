"""The server's end: SIGTERM and SIGINT drain, a second signal does not wait."""

from __future__ import annotations

import signal
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from server.transport import native
from tests.transport.servers import NATIVE
from tests.waiting import eventually

from .processes import Server, Simulator, Yard

SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator()


class Reading:
    """A stream that is read to its end on a thread."""

    def __init__(self, call: grpc.CallIterator) -> None:  # type: ignore[type-arg]
        self.messages: list[object] = []
        self.end: grpc.RpcError | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for message in self._call:
                self.messages.append(message)
        except grpc.RpcError as error:
            self.end = error

    def join(self) -> None:
        self._thread.join(30)
        assert not self._thread.is_alive()


def watch_health(channel: grpc.Channel) -> Reading:
    return Reading(health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest()))


def streams(channel: grpc.Channel) -> list[Reading]:
    stub = stubs.MarketDataServiceStub(channel)
    return [
        Reading(stub.StreamBook(pb.StreamBookRequest())),
        Reading(stub.StreamSummary(pb.StreamSummaryRequest())),
        Reading(stub.StreamTrades(pb.StreamTradesRequest())),
        Reading(orderbook_pb2_grpc.OrderbookAggregatorStub(channel).BookSummary(orderbook_pb2.Empty())),
    ]


def live(server: Server) -> None:
    eventually(lambda: len(server.said("is live")) >= 3, "three venues live")


@pytest.mark.parametrize(
    ("number", "transport"),
    [
        (signal.SIGTERM, "push"),
        (signal.SIGINT, "push"),
        (signal.SIGTERM, "generator"),
        *([(signal.SIGTERM, each) for each in NATIVE] if native.AVAILABLE else []),
    ],
)
def test_drain(yard: Yard, simulator: Simulator, number: signal.Signals, transport: str) -> None:
    server = yard.serve(simulator, transport=transport)
    live(server)
    with grpc.insecure_channel(server.address) as channel:
        health, reading = watch_health(channel), streams(channel)
        eventually(lambda: health.messages, "health")
        for each in (reading[0], reading[1], reading[3]):
            eventually(lambda each=each: each.messages, "a message")  # type: ignore[misc]
        server.signal(number)
        began = time.monotonic()
        assert server.wait() == 0
        assert time.monotonic() - began < 20
        for each in (*reading, health):
            each.join()
        statuses = [message.status for message in health.messages]  # type: ignore[attr-defined]
        assert statuses == [health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING]
        for each in reading:
            assert each.end is not None
            assert (each.end.code(), each.end.details()) == (grpc.StatusCode.UNAVAILABLE, "the server is stopping")
        last = reading[0].messages[-1].book  # type: ignore[attr-defined]
        assert len(last.bids) == 10, "streams end before their books are withdrawn"
        assert {venue.state for venue in last.venues} == {3}
    assert server.said("stopping")


def test_new_calls_are_refused_while_it_drains(yard: Yard, simulator: Simulator) -> None:
    server = yard.serve(simulator)
    with server.client() as stub:
        stub.GetBook(pb.GetBookRequest())
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetBook(pb.GetBookRequest())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("numbers", [(a, b) for a in SIGNALS for b in SIGNALS])
def test_a_second_signal_ends_it_at_once(
    yard: Yard, simulator: Simulator, numbers: tuple[signal.Signals, signal.Signals]
) -> None:
    server = yard.serve(simulator)
    with grpc.insecure_channel(server.address) as channel:
        health = watch_health(channel)  # A call that nobody ends: the drain waits for it.
        eventually(lambda: health.messages, "health")
        server.signal(numbers[0])
        eventually(lambda: server.said("stopping"), "the first signal was heard")
        server.signal(numbers[1])
        assert server.wait() == -numbers[1]
        health.join()


def test_a_signal_while_venues_are_being_asked(yard: Yard) -> None:
    simulator = yard.simulator()
    simulator.fault("*", "slow_rest", delay="60s", lasting="600s")
    server = yard.serve(simulator, "--log-level", "debug", serving=False)
    eventually(lambda: simulator.state("bitstamp")["counters"]["rest"], "the venues are asked")
    server.signal(signal.SIGTERM)
    began = time.monotonic()
    assert server.wait() == 0
    assert time.monotonic() - began < 6, "it does not wait for the venues' answers"
