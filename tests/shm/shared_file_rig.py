"""The writing side of shared books for tests of readers: real file, real writer, messages that the test makes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onebook.v1 import types_pb2 as pb
from onebook.v1.market_data_pb2 import StreamBookResponse
from server.transport.shm._slots import SERVING, SlotWriter, file_size
from server.transport.shm.shared_file import SharedFile
from shm import SharedBooks

NAME = "test"
LEVELS, VENUES, SLOTS = 10, 4, 3


def encoded(book: pb.Book) -> bytes:
    """As the server's topics have it."""
    return StreamBookResponse(book=book).SerializeToString()


def make_book(sequence: int = 1, market: str = "BTC/USDT") -> pb.Book:
    """Two venues, one of them stale, with two levels a side."""
    return pb.Book(
        header=pb.Header(
            publish_time_nanos=1_700_000_000_000_000_000 + sequence,
            epoch=77,
            sequence=sequence,
            heartbeat=sequence % 2 == 0,
            receive_time_nanos=5,
            exchange_time_nanos=4,
        ),
        market=market,
        price_exponent=-2,
        size_exponent=-5,
        bids=[pb.Level(price=6183763, size=150000 + sequence, venue=0), pb.Level(price=6183700, size=1, venue=0)],
        asks=[pb.Level(price=6183766, size=20000, venue=0), pb.Level(price=6183800, size=2, venue=0)],
        spread=3,
        mid=61837645,
        venues=[
            pb.VenueQuality(
                venue="alpha", state=pb.VENUE_STATE_LIVE, exchange_time_nanos=4, receive_time_nanos=5, age_nanos=1000,
                venue_sequence=9, resyncs=1, gaps=2, checksums_verified=3, checksum_failures=4,
                lowest_complete_bid=6100000, highest_complete_ask=6200000, bid_levels=100, ask_levels=99,
                unverified=True, audits=6, audit_bid_match_ppm=999_999, audit_ask_match_ppm=7, ghost_levels=8,
                missing_levels=10, trades_state=pb.TRADES_STATE_RECEIVED, clock_offset_nanos=-12,
                clock_uncertainty_nanos=13,
            ),
            pb.VenueQuality(venue="beta", state=pb.VENUE_STATE_STALE, detail="silent for 9 s", whole_book=True),
        ],
        proved_bid_levels=2,
        proved_ask_levels=1,
    )  # fmt: skip


class SharedFileRig:
    """A file `NAME` in a folder, with one market."""

    def __init__(
        self, folder: Path, levels: int = LEVELS, venues: int = VENUES, slots: int = SLOTS, name: str = NAME
    ) -> None:
        self.folder = folder
        self.file = SharedFile(name, file_size(levels, venues, slots), folder)
        self.path = self.file.path
        self.writer = SlotWriter(self.file.memory, epoch=77, pid=os.getpid(), levels=levels, venues=venues, slots=slots)
        self.slot = self.writer.add(b"BTC/USDT")
        self.writer.beat(time.monotonic_ns())
        self.writer.set_state(SERVING)
        self._closed = False

    def write(self, book: pb.Book, monotonic: int | None = None) -> None:
        """Publishes a book of the one market."""
        self.writer.write(self.slot, encoded(book), time.monotonic_ns() if monotonic is None else monotonic)

    def live(self) -> None:
        """The server gives a sign of life."""
        self.writer.beat(time.monotonic_ns())

    @contextmanager
    def living(self) -> Iterator[None]:
        """Signs of life all the time, for readers that need longer than one lasts."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(0.1):
                self.live()

        self.live()
        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def open(self) -> SharedBooks:
        """Readers of the file; the server is alive."""
        self.live()
        return SharedBooks(NAME, directory=self.folder)

    def close(self) -> None:
        """The server ends; a second time does nothing."""
        if not self._closed:
            self._closed = True
            self.writer.close()
            self.file.remove()
