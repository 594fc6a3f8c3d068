"""Edges: clients of a server that reads Kafka are sent what clients of the ingester are sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.waiting import eventually

from .processes import Server, Simulator, Yard

VENUES = ("binance", "bybit", "kraken")
TOPICS = ("book", "trade", "candle", "stat", "quality", "ref")


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as made:
        for name in TOPICS:
            made.create(f"md.{name}.v1", 4)
        yield made


def ingester(yard: Yard, simulator: Simulator, cluster: MockCluster, *flags: str, name: str = "ingester") -> Server:
    made: Server = yard.serve(simulator, "--ingest-only", "--kafka", cluster.bootstrap, *flags, name=name)
    return made


def edge(yard: Yard, cluster: MockCluster, *flags: str, name: str = "edge") -> Server:
    made: Server = yard.server("--edge", "--kafka", cluster.bootstrap, *flags, name=name)
    return made


def qualities(server: Server) -> dict[str, types_pb2.VenueQuality]:
    with server.client() as client:
        book = client.GetBook(pb.GetBookRequest(levels=10)).book
    return {quality.venue: quality for quality in book.venues}


def test_books_of_an_edge_are_the_ingesters(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", ",".join(VENUES))
    source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
    shown = edge(yard, cluster, "--venues", ",".join(VENUES))
    eventually(lambda: all(q.state == 3 for q in qualities(shown).values()), "live books at the edge")
    equal: set[str] = set()

    def compared() -> bool:
        here, there = qualities(shown), qualities(source)
        for venue in VENUES:
            if _place(here[venue]) == _place(there[venue]) and here[venue].digest:
                assert here[venue].digest == there[venue].digest
                equal.add(venue)
        return equal == set(VENUES)

    eventually(compared, "equal numbers at both")


def _place(quality: types_pb2.VenueQuality) -> tuple[int, int]:
    """Venues without numbers of their own tell updates apart by their time."""
    return quality.venue_sequence, quality.exchange_time_nanos
