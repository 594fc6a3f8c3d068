"""The servers that bench_fanout compares, one a process: python -m benchmarks.fanout_peers NAME RATE [spread | FOLDER]

It stays on one core; spread, it uses all of them. With a folder its port is TLS, by the c.pem and k.pem there. Prints
its port; answers each line on stdin with {"updates": n}; ends with stdin. All of them send the same message, a
StreamBookResponse of the same 20 levels and two venues, in the same call; they differ in who makes it and sends it how.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from benchmarks import machine, stack
from onebook.v1 import market_data_pb2, types_pb2

MAX_STREAMS = 600
# The origin's pool, as found in its source.
ORIGIN_WORKERS = 10

Row = tuple[int, int, int]


@dataclass(frozen=True)
class State:
    """What a plain server keeps of the merged book: numbers, from which it builds messages."""

    version: int
    time: int
    """Nanoseconds UTC of the change."""


class Contents:
    """The levels of the message that all peers send."""

    def __init__(self, message: bytes) -> None:
        book = market_data_pb2.StreamBookResponse.FromString(message).book
        self.bids: list[Row] = [(level.price, level.size, level.venue) for level in book.bids]
        self.asks: list[Row] = [(level.price, level.size, level.venue) for level in book.asks]
        self._book = book

    def build(self, state: State) -> market_data_pb2.StreamBookResponse:
        """The message the usual way: an object a level."""
        header = types_pb2.Header(
            publish_time_nanos=state.time,
            epoch=1,
            sequence=state.version,
            receive_time_nanos=state.time,
            exchange_time_nanos=state.time,
        )
        book = types_pb2.Book(
            header=header,
            market=self._book.market,
            price_exponent=self._book.price_exponent,
            size_exponent=self._book.size_exponent,
            bids=[types_pb2.Level(price=price, size=size, venue=venue) for price, size, venue in self.bids],
            asks=[types_pb2.Level(price=price, size=size, venue=venue) for price, size, venue in self.asks],
            spread=self._book.spread,
            mid=self._book.mid,
            venues=self._book.venues,
        )
        return market_data_pb2.StreamBookResponse(book=book)


class Peer:
    """A usual gRPC server: a generator a subscriber, on a thread of the pool."""

    WORKERS = MAX_STREAMS
    SERIALIZES = True
    """Whether the call yields messages; False is bytes."""

    def __init__(self, rate: float, contents: Contents) -> None:
        self.contents = contents
        self.ticker = stack.Ticker(self.change, rate)
        self._server = grpc.server(futures.ThreadPoolExecutor(self.WORKERS))
        service, method = stack.METHOD[1:].split("/")
        serializer = market_data_pb2.StreamBookResponse.SerializeToString if self.SERIALIZES else None
        handler = grpc.unary_stream_rpc_method_handler(
            self.stream, request_deserializer=None, response_serializer=serializer
        )
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: handler})])

    def start(self) -> int:
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self.ticker.start()
        return port

    def change(self) -> None:
        """The book changed."""
        raise NotImplementedError

    def stream(self, request: bytes, context: grpc.ServicerContext) -> Iterator[Any]:
        """The call."""
        raise NotImplementedError


class PlainPeer(Peer):
    """Waits on one Condition; builds and serialises the newest state for each subscriber."""

    def __init__(self, rate: float, contents: Contents) -> None:
        super().__init__(rate, contents)
        self.changed = threading.Condition()
        self.version = 0
        self.newest: Any = None

    def change(self) -> None:
        with self.changed:
            self.version += 1
            self.newest = State(self.version, time.time_ns())
            self.changed.notify_all()

    def stream(self, request: bytes, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: ARG002
        seen = 0
        while context.is_active():
            with self.changed:
                while self.version == seen:
                    self.changed.wait()
                seen, newest = self.version, self.newest
            yield self.message(newest)

    def message(self, newest: Any) -> Any:
        """What goes out."""
        return self.contents.build(newest)


class SharedPeer(PlainPeer):
    """The same, but the change is built and serialised once, and all subscribers send those bytes."""

    SERIALIZES = False

    def change(self) -> None:
        payload = self.contents.build(State(self.version + 1, time.time_ns())).SerializeToString()
        with self.changed:
            self.version += 1
            self.newest = payload
            self.changed.notify_all()

    def message(self, newest: Any) -> Any:
        return newest


class OriginPeer(Peer):
    """After the public aggregator's servicer: every subscriber spins on one cursor that all of them share, without a
    lock, in a pool of ten. A new server with our message; merging, which the original does here too, is left out."""

    WORKERS = ORIGIN_WORKERS

    def __init__(self, rate: float, contents: Contents) -> None:
        super().__init__(rate, contents)
        self.newest = State(0, 0)
        self.last_transmission = 0

    def change(self) -> None:
        self.newest = State(self.newest.version + 1, time.time_ns())

    def stream(self, request: bytes, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: ARG002
        while True:
            newest = self.newest
            if newest.time > self.last_transmission:
                self.last_transmission = newest.time
                yield self.contents.build(newest)


TRANSPORTS = {
    "onebook": ("push", 0),
    "onebook-generator": ("generator", 0),
    "onebook-native": ("native", 0),
    "onebook-native-1": ("native", 1),
    "onebook-native-2": ("native", 2),
}
"""Ours, by the name of the peer: the transport, and how many processes serve."""
PEERS: dict[str, type[Peer]] = {"plain": PlainPeer, "shared": SharedPeer, "origin": OriginPeer}


def main() -> None:
    name, rate = sys.argv[1], float(sys.argv[2])
    more = sys.argv[3:]
    if more == ["spread"]:
        machine.spread()
    else:
        machine.pin(machine.SERVER_CORE)
    server: stack.Stack | Peer
    if name in TRANSPORTS:
        transport, processes = TRANSPORTS[name]
        tls = Path(more[0]) if more and more != ["spread"] else None
        server = stack.Stack(rate, transport, processes=processes, tls=tls)
    else:
        server = PEERS[name](rate, Contents(stack.sample_message()))
    print(server.start(), flush=True)
    for _line in sys.stdin:
        print(json.dumps({"updates": server.ticker.count}), flush=True)
    os._exit(0)  # Streams of the peers may spin for ever.


if __name__ == "__main__":
    main()
