"""Readers of HTTP that are slower than their stream: how old is what they read, by each protocol.

    python -m benchmarks.bench_slow_reader [--quick] [--seconds S]

A stream of books changes 35 times per second. A reader per protocol takes 8 messages per second, all at once, on one
machine, with the buffers that the system gives them.
"""

from __future__ import annotations

import argparse
import threading
import time

from benchmarks import harness, machine
from onebook.v1 import market_data_pb2 as pb
from server.api.calls import Service, Streaming
from server.publish.channel import ConflatedChannel, Overflow
from tests.transport.http.http_rig import HttpRig
from tests.transport.http.stream_clients import PROTOCOLS, Call

SERVICE, CALL = "onebook.v1.MarketDataService", "StreamBook"
CHANGES, READS = 35, 8
"""Per second."""


def book(number: int, levels: int) -> bytes:
    response = pb.StreamBookResponse()
    response.book.header.sequence = number
    response.book.header.publish_time_nanos = time.time_ns()
    for level in range(levels):
        response.book.bids.add(price=6_400_902 - level, size=4_166_000 + number + level, venue=1)
        response.book.asks.add(price=6_400_998 + level, size=4_166_000 + number + level, venue=1)
    return response.SerializeToString()


class SlowReader(threading.Thread):
    """One reader, for so many seconds."""

    def __init__(self, port: int, protocol: str, seconds: float) -> None:
        super().__init__(daemon=True)
        self._call = Call(port, f"/{SERVICE}/{CALL}", pb.StreamBookRequest(), pb.StreamBookResponse)
        self._protocol = PROTOCOLS[protocol]
        self._seconds = seconds
        self.read = 0
        self.oldest = 0.0
        """Seconds between the making of a message and its reading."""

    def run(self) -> None:
        reader = self._protocol(self._call)
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            made = reader.next().book.header.publish_time_nanos
            self.oldest = max(self.oldest, (time.time_ns() - made) / 1e9)
            self.read += 1
            time.sleep(1 / READS)
        reader.close()


def measured(levels: int, seconds: float) -> dict[str, SlowReader]:
    """The readers of all protocols, when they have read."""
    channel, stop = ConflatedChannel(), threading.Event()
    streaming = Streaming(lambda _request: (channel, Overflow.DROP_OLDEST), bytes)
    rig = HttpRig(services=[Service(SERVICE, streaming={CALL: streaming})])

    def publish() -> None:
        number = 0
        while not stop.wait(1 / CHANGES):
            number += 1
            channel.publish(book(number, levels), time.monotonic_ns())

    publisher = threading.Thread(target=publish)
    readers = {protocol: SlowReader(rig.server.port, protocol, seconds) for protocol in PROTOCOLS}
    for thread in (publisher, *readers.values()):
        thread.start()
    for reader in readers.values():
        reader.join()
    stop.set()
    publisher.join()
    rig.close()
    return readers


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two seconds")
    parser.add_argument("--seconds", type=float, help="per number of levels (40)")
    options = parser.parse_args()
    seconds = options.seconds or (2.0 if options.quick else 40.0)
    machine.print_head("Slow readers over HTTP", ["uvicorn", "websockets"])
    for levels in (10, 100):
        rows = [(name, f"{each.oldest:.2f}", each.read) for name, each in measured(levels, seconds).items()]
        head = f"{levels} levels, {len(book(1, levels))} bytes of protobuf"
        harness.print_table((head, "oldest message read, s", "messages read"), rows)


if __name__ == "__main__":
    main()
