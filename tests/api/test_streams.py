"""Streams end for one reason each, whatever carries them: here those whose client does not read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from orderbook_ext import OrderBook
from server.model import VenueState
from tests.transport.servers import TRANSPORTS
from tests.waiting import PATIENCE, eventually

from .conftest import Failure, Rig

LEVELS = 1000
STALL_LIMIT = 2.0
PACE = 0.01
"""Seconds between two books: many more of them are sent than HTTP/2 holds for a client."""


class Impatient:
    """A server whose clients must read, one client that does not, and one that does."""

    def __init__(self, transport: str) -> None:
        self.transport = transport
        self.rig = Rig(transport, heartbeat=0.5, stall_limit=STALL_LIMIT)
        self.number = 0
        self.change()
        self.lazy: Any = self.rig.stub.StreamBook(pb.StreamBookRequest(levels=LEVELS))
        self.eager: Any = self.rig.stub.StreamBook(pb.StreamBookRequest(levels=1))
        assert next(self.lazy).book.asks
        assert next(self.eager).book.asks
        assert len(self.rig.streams) == 2

    def change(self) -> None:
        """A live book of many levels, another one each time."""
        self.number += 1
        market = self.rig.btc
        book = OrderBook(2, 3, lock=market.lock)
        asks = [(f"{100 + level / 100:.2f}", f"{1 + (level + self.number) % 9}.123") for level in range(1, LEVELS)]
        book.load([("99.00", "1")], asks)
        with market.consistency_lock:
            market.entries["alpha"].book = book
            market.entries["alpha"].stamp(1_000, 2_000, 3_000 + self.number, 77 + self.number)
            market.entries["alpha"].state = VenueState.LIVE
        market.changed()

    def go_on(self, seconds: float, until: int = 0) -> None:
        """The market moves for so long, or until there are so many streams; one client takes every message."""
        deadline = time.monotonic() + seconds
        while len(self.rig.streams) != until and time.monotonic() < deadline:
            self.change()
            assert next(self.eager).book.asks
            time.sleep(PACE)

    def unread_for(self) -> float:
        """Seconds since when a message waits for its client."""
        members = [each for topic in self.rig.dispatcher.topics.states() for each in topic.channel.members()]
        begun = [each.in_flight_since for each in members if each.in_flight_since]
        return time.monotonic() - min(begun, default=time.monotonic())

    def read_on(self) -> tuple[grpc.StatusCode, str]:
        """How the stream of the lazy client ends when it reads at last."""
        with pytest.raises(Failure) as caught:
            for _ in self.lazy:
                pass
        return caught.value.code(), caught.value.details()


@pytest.fixture(params=TRANSPORTS)
def impatient(request: pytest.FixtureRequest) -> Iterator[Impatient]:
    made = Impatient(request.param)
    yield made
    made.eager.cancel()
    made.lazy.cancel()
    eventually(lambda: len(made.rig.streams) == 0)
    made.rig.close()


@pytest.mark.slow
def test_a_stream_that_is_not_read_ends_and_others_go_on(impatient: Impatient) -> None:
    impatient.go_on(PATIENCE, until=1)
    assert len(impatient.rig.streams) == 1, "its place is free, though its client never reads the status"
    assert impatient.read_on()[0] is grpc.StatusCode.CANCELLED


@pytest.mark.parametrize("impatient", ["push"], indirect=True)
@pytest.mark.slow
def test_who_reads_soon_is_told_why(impatient: Impatient) -> None:
    """Beyond public API only: there no status can pass a message that is stuck."""
    while impatient.unread_for() < STALL_LIMIT + 0.5:
        impatient.go_on(0.1)
    assert impatient.read_on() == (grpc.StatusCode.RESOURCE_EXHAUSTED, "nothing was read for too long")


@pytest.mark.slow
def test_a_slow_reader_that_reads_goes_on(impatient: Impatient) -> None:
    """It is behind by what HTTP/2 holds for it, which is much, and skips states; it is not ended."""
    until, sequence = time.monotonic() + 2.5 * STALL_LIMIT, 0
    while time.monotonic() < until:
        impatient.go_on(0.3)
        for _ in range(50):
            newest = next(impatient.lazy).book.header.sequence
            assert newest > sequence
            sequence = newest
    assert len(impatient.rig.streams) == 2
