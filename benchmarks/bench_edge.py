"""An edge: processor time per record of a book, and the way through Kafka against the direct way, paired.

    python -m benchmarks.bench_edge [--quick] [--rounds N]

Cost: records of 100 levels per side, of which ten differ from record to record, are decoded and become the book that
readers see. Latency: a simulator, a server that publishes to a mock cluster and serves clients too, and an edge, each a
process of its own. One client of each of the two reads the same trades and books; the difference is between the
arrivals of the same trade, or of the same state of the same book, at one process.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc

from benchmarks import harness
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc, types_pb2
from orderbook_ext.digest import book_digest
from server import clock
from server.edge.counters import EdgeCounters
from server.edge.decoder import decode
from server.edge.events import BookState
from server.edge.venue_books import VenueBooks
from server.kafka.record import key_of
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Pair, VenueState
from tests.e2e.processes import Server, Yard
from tests.kafka.mock_cluster import mock_cluster
from tests.waiting import eventually

VENUE = "sim"
LEVELS, CHANGED = 100, 10
INTERVAL_MS = 1
"""Least time between two states of a key in the topics, and of the direct stream."""


def records(count: int) -> Iterator[bytes]:
    """Records of one book, of which some levels change."""
    chance = random.Random(7)
    sizes = {price: chance.randrange(1, 10**9) for price in range(6_000_000 - LEVELS, 6_000_000 + LEVELS)}
    for number in range(count):
        for price in chance.sample(sorted(sizes), CHANGED):
            sizes[price] = chance.randrange(1, 10**9)
        bids = [(price, sizes[price]) for price in range(5_999_999, 5_999_999 - LEVELS, -1)]
        asks = [(price, sizes[price]) for price in range(6_000_000, 6_000_000 + LEVELS)]
        quality = types_pb2.VenueQuality(
            venue=VENUE, state=types_pb2.VENUE_STATE_LIVE, venue_sequence=number, whole_book=True, bid_levels=LEVELS,
            ask_levels=LEVELS, receive_time_nanos=1, digest=book_digest((bids, asks), 2, 8),
        )  # fmt: skip
        header = types_pb2.Header(epoch=1, sequence=number + 1, publish_time_nanos=time.time_ns())
        levels = [[types_pb2.Level(price=price, size=size) for price, size in side] for side in (bids, asks)]
        book = types_pb2.Book(
            header=header, market="BTC/USDT", price_exponent=-2, size_exponent=-8, bids=levels[0], asks=levels[1],
            venues=[quality],
        )  # fmt: skip
        yield pb.StreamVenueBookResponse(book=book).SerializeToString()


def cost(count: int) -> tuple[float, float]:
    """Seconds of processor time per record: decoding, and all."""
    market = Market(Pair("BTC", "USDT"), (VENUE,), lambda _market: None)
    entry, counters, key = market.entries[VENUE], EdgeCounters(), key_of("BTC/USDT", VENUE)
    books = VenueBooks(market, entry, None, FeedListener(), counters, consecutive=True)
    made = list(records(count))
    began = time.process_time()
    for value in made:
        decode("book", key, value)
    decoded = time.process_time()
    for value in made:
        state = decode("book", key, value)
        assert isinstance(state, BookState)
        books.book(state, clock.monotonic_ns())
    assert entry.state == VenueState.LIVE
    return (decoded - began) / count, (time.process_time() - decoded) / count


class Arrivals:
    """When each trade, and each state of a book, came to this process from one server."""

    def __init__(self, server: Server) -> None:
        self.trades: dict[Any, int] = {}
        self.books: dict[Any, int] = {}
        self._channel = grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)])
        stub = market_data_pb2_grpc.MarketDataServiceStub(self._channel)
        book = pb.StreamVenueBookRequest(venue="binance", levels=10, min_interval_ms=INTERVAL_MS)
        self._read(stub.StreamTrades(pb.StreamTradesRequest()), self.trades, _trade)
        self._read(stub.StreamVenueBook(book), self.books, _state)

    def close(self) -> None:
        """Ends the streams."""
        self._channel.close()

    @staticmethod
    def _read(call: Any, into: dict[Any, int], key: Callable[[Any], Any]) -> None:
        def run() -> None:
            try:
                for message in call:
                    into.setdefault(key(message), time.monotonic_ns())
            except grpc.RpcError:
                return  # The channel was closed.

        threading.Thread(target=run, daemon=True).start()


def _trade(message: pb.StreamTradesResponse) -> Any:
    return message.trade.venue, message.trade.trade_id


def _state(message: pb.StreamVenueBookResponse) -> Any:
    return message.book.venues[0].venue_sequence


def latencies(seconds: float) -> dict[str, list[float]]:
    """Milliseconds from the direct arrival to that from the edge, of what came both ways."""
    with tempfile.TemporaryDirectory() as folder, mock_cluster() as cluster:
        for name in ("book", "trade", "candle", "stat", "quality", "ref"):
            cluster.create(f"md.{name}.v1", 4)
        yard = Yard(Path(folder))
        try:
            return _measured(yard, cluster.bootstrap, seconds)
        finally:
            yard.close()


def _measured(yard: Yard, bootstrap: str, seconds: float) -> dict[str, list[float]]:
    simulator = yard.simulator("--venues", "binance", "--rate", "50")
    config = yard.folder / "fast.toml"
    properties = 'kafka_interval_ms = 1\nkafka_properties = { "linger.ms" = 0 }\n'
    config.write_text(properties + simulator.config.read_text())
    direct = yard.server("--config", str(config), "--kafka", bootstrap)
    edge = yard.server("--edge", "--kafka", bootstrap, "--venues", "binance", name="edge")
    ways = [Arrivals(server) for server in (direct, edge)]
    eventually(lambda: all(way.trades and way.books for way in ways), "trades and books both ways")
    time.sleep(seconds)
    found: dict[str, list[float]] = {}
    for name in ("trades", "books"):
        first, second = (dict(getattr(way, name)) for way in ways)
        found[name] = [(second[key] - first[key]) / 1e6 for key in first if key in second]
    for way in ways:
        way.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round of few records")
    parser.add_argument("--rounds", type=int, help="(3)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    count, seconds = (300, 3.0) if options.quick else (5_000, 20.0)
    harness.print_head(f"Books of {LEVELS} levels per side, {CHANGED} of which change; a mock cluster of one broker.")
    costs = [cost(count) for _ in range(rounds)]
    best = [min(each[part] for each in costs) * 1e6 for part in (0, 1)]
    rows = [("decoded", f"{best[0]:.1f}"), ("decoded, compared and shown", f"{best[1]:.1f}")]
    harness.print_table(("a record of a book", "µs of processor"), rows)
    print()
    by_kind: dict[str, list[float]] = {}
    for _ in range(rounds):
        for kind, values in latencies(seconds).items():
            by_kind.setdefault(kind, []).extend(values)
    table = []
    for kind, values in by_kind.items():
        ordered = sorted(values)
        points = [f"{ordered[min(len(ordered) - 1, int(len(ordered) * part))]:.1f}" for part in (0.5, 0.9, 0.99)]
        table.append((kind, f"{len(ordered):,}", *points))
    harness.print_table(("by Kafka and an edge, later by ms", "pairs", "median", "90 %", "99 %"), table)


if __name__ == "__main__":
    main()
