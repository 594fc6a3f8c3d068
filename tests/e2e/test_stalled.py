"""Subscribers that do not read cost the others nothing, and the server no memory."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import grpc
import psutil
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from server.transport import native
from tests.transport.servers import NATIVE, TRANSPORTS
from tests.volume import examples
from tests.waiting import eventually

from .processes import Server, Simulator, Yard
from .test_fan_out import Crowd, in_order_and_equal

VENUES = ("binance", "binance_us", "bitstamp")
MIB = 1 << 20
SECONDS = examples(25, 4)
"""For which streams stall."""
DEEP = pb.StreamBookRequest(levels=1000)
SMALL_WINDOW = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.http2.lookahead_bytes", 1024),
    ("grpc.http2.bdp_probe", 0),
]


def memory(server: Server) -> float:
    """Resident MiB of the server."""
    return float(psutil.Process(server.pid).memory_info().rss) / MIB


def live(server: Server, simulator: Simulator) -> None:
    def look() -> bool:
        simulator.step()
        return len(server.said("is live")) >= len(VENUES)

    eventually(look, "every venue live")


def push_on(simulator: Simulator, crowd: Crowd, seconds: float) -> int:
    """Steps for a while; after each, everybody in the crowd has the newest state. Returns the steps."""
    end, steps = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        simulator.step()
        steps += 1
        crowd.reach(simulator, "bitstamp")
    crowd.reach(simulator, *VENUES)
    return steps


@pytest.fixture
def unread() -> Iterator[list[grpc.Channel]]:
    """Channels to close at the end, with whatever hangs on them."""
    channels: list[grpc.Channel] = []
    yield channels
    for channel in channels:
        channel.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_stalled_clients(yard: Yard, unread: list[grpc.Channel], transport: str) -> None:
    """Ten streams that nobody reads, and a stopped process with ten more, beside twelve that keep up."""
    simulator = yard.simulator("--manual")
    server = yard.serve(simulator, transport=transport)
    live(server, simulator)
    crowd = Crowd(yard, server, "book:6,summary:6", 3)
    crowd.reach(simulator, *VENUES)
    calls: list[Any] = []
    for _ in range(5):
        unread.append(grpc.insecure_channel(server.address, SMALL_WINDOW))
        calls += [stubs.MarketDataServiceStub(unread[-1]).StreamBook(DEEP) for _ in range(2)]
    stopped = Crowd(yard, server, "book:5,summary:5", 2)
    stopped.reach(simulator, *VENUES)
    stopped.process.signal(signal.SIGSTOP)
    push_on(simulator, crowd, 3.0)  # fills the windows and the sockets' buffers
    before = memory(server)
    steps = push_on(simulator, crowd, SECONDS)
    grown = memory(server) - before
    assert steps > 5 * SECONDS, "the readers were slowed down"
    # The newest trades and candles of some minutes of the market are kept; queued books would be a hundred times that.
    assert grown < 20, f"{grown:.1f} MiB more after {steps} steps"
    in_order_and_equal(crowd.report())
    stopped.process.kill()
    wanted = simulator.truth("bitstamp", "BTC/USDT", 1).sequence
    for call in calls:
        read = 1
        while next(call).book.venues[2].venue_sequence < wanted:
            read += 1
        assert read < steps / 2, "nothing is queued for a subscriber: it gets what the wire held, then the newest"
        call.cancel()


def full(stub: stubs.MarketDataServiceStub) -> bool:
    """Whether the next stream is refused."""
    call: Any = stub.StreamSummary(pb.StreamSummaryRequest(), timeout=20)
    try:
        next(iter(call))
    except grpc.RpcError as refusal:
        error = refusal
    else:
        call.cancel()
        return False
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "at most 4 streams" in str(error.details())
    return True


@pytest.mark.parametrize(
    ("transport", "end"),
    [
        ("push", "cancel"),
        ("push", "close"),
        ("push", "kill"),
        ("generator", "cancel"),
        *([(each, end) for each in NATIVE for end in ("cancel", "close", "kill")] if native.AVAILABLE else []),
    ],
)
def test_a_stream_that_ends_gives_its_place_back(yard: Yard, transport: str, end: str) -> None:
    simulator = yard.simulator("--manual")
    server = yard.serve(simulator, "--max-streams", "4", transport=transport)
    live(server, simulator)
    with server.client() as stub:
        for _ in range(2):
            crowd = None
            channel = grpc.insecure_channel(server.address, SMALL_WINDOW)
            calls: list[Any] = []
            if end == "kill":
                crowd = Crowd(yard, server, "book:2,summary:2", 2)
                crowd.reach(simulator, *VENUES)
            else:
                calls = [stubs.MarketDataServiceStub(channel).StreamBook(DEEP) for _ in range(4)]
                for call in calls:
                    next(iter(call))
            assert full(stub)
            if crowd is not None:
                crowd.process.kill()
            elif end == "cancel":
                for call in calls:
                    call.cancel()
            else:
                channel.close()
            eventually(lambda: not full(stub), "a free place")
            channel.close()
