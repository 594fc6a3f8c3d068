"""Parts of ingesters, brokers and edges end: clients of edges read on, and are told of what is missing."""

from __future__ import annotations

import time

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from server.shard import shard_number
from tests.kafka.mock_cluster import MockCluster
from tests.waiting import eventually

from .edges import VENUES, Books, Readers, Trades, edge, ingester, live, qualities
from .processes import Yard


@pytest.mark.slow
def test_a_standby_takes_over_from_a_killed_ingester_and_the_stream_goes_on(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", "binance,bitstamp", "--rate", "50")
    first = ingester(yard, simulator, cluster, name="first")
    shown = edge(yard, cluster.bootstrap)
    eventually(lambda: live(shown), "live books at the edge")
    second = ingester(yard, simulator, cluster, name="second")
    eventually(lambda: second.said("is ready"), "the standby")
    with Trades(shown) as trades, Books(shown) as books:
        eventually(lambda: trades.ids, "trades")
        before = {venue: quality.resyncs for venue, quality in qualities(shown).items()}
        eventually(lambda: len(books.seen) > 20, "books")
        first.kill()
        known = len(trades.ids)
        eventually(lambda: all(q.resyncs > before[v] for v, q in qualities(shown).items()), "the change in quality")
        eventually(lambda: live(shown) and len(trades.ids) > known + 50, "books and trades of the standby")
    assert books.backwards == []
    assert trades.repeated == []
    assert trades.gaps == [], "the standby has received every trade"
    assert shown.said("the book is taken from another ingester")


@pytest.mark.slow
def test_without_a_standby_books_go_stale_and_come_back_with_a_gap(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", "binance", "--rate", "50")
    first = ingester(yard, simulator, cluster, name="first")
    shown = edge(yard, cluster.bootstrap)
    eventually(lambda: live(shown), "a live book at the edge")
    with Trades(shown) as trades, Books(shown):
        eventually(lambda: trades.ids, "trades")
        first.kill()
        eventually(lambda: qualities(shown)["binance"].state == types_pb2.VENUE_STATE_STALE, "a stale book")
        assert "no record of an ingester" in qualities(shown)["binance"].detail
        with shown.client() as client:
            assert not client.GetBook(pb.GetBookRequest(levels=10)).book.bids
        known = len(trades.ids)
        ingester(yard, simulator, cluster, name="second")
        eventually(lambda: live(shown), "the book of the new ingester")
        eventually(lambda: trades.gaps and len(trades.ids) > known, "the gap, and trades behind it")
    assert trades.before_gaps == [known], "the gap stands where the trades are missing"
    assert trades.repeated == []


@pytest.mark.slow
def test_an_edge_heals_when_the_broker_is_back(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", "binance", "--rate", "20")
    ingester(yard, simulator, cluster)
    shown = edge(yard, cluster.bootstrap)
    eventually(lambda: live(shown), "a live book at the edge")
    with Trades(shown) as trades:
        eventually(lambda: trades.ids, "trades")
        cluster.down()
        eventually(lambda: qualities(shown)["binance"].state == types_pb2.VENUE_STATE_STALE, "a stale book")
        cluster.up()
        eventually(lambda: live(shown), "the book")
        known = len(trades.ids)
        eventually(lambda: len(trades.ids) > known + 20, "trades")
    assert trades.repeated == []


def test_edges_are_restarted_one_after_the_other_under_a_hundred_clients(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", ",".join(VENUES))
    ingester(yard, simulator, cluster)
    edges = [edge(yard, cluster.bootstrap, name="one"), edge(yard, cluster.bootstrap, name="two")]
    for shown in edges:
        eventually(lambda shown=shown: live(shown), "live books")  # type: ignore[misc]
    ports = [str(shown.port) for shown in edges]
    readers = Readers([shown.address for shown in edges], 50)
    eventually(lambda: min(map(readers.least, (0, 1))) > 2, "books of all clients")
    for number in (0, 1):
        edges[number].stop()
        began, other = time.monotonic(), readers.least(1 - number)
        edges[number] = edge(yard, cluster.bootstrap, "--port", ports[number], name="again")
        eventually(lambda number=number: live(edges[number]), "its books")  # type: ignore[misc]
        print(f"full state {time.monotonic() - began:.1f} s after its start")
        assert readers.least(1 - number) > other, "clients of the other edge read on"
        known = max(readers.seen[number])
        again = lambda number=number, known=known: readers.least(number) > known + 2  # noqa: E731
        eventually(again, "books of all clients after the restart")
    assert readers.ended == []
    readers.stop()


@pytest.mark.slow
def test_a_market_that_moves_from_shard_to_shard_loses_no_trade(yard: Yard, cluster: MockCluster) -> None:
    """The new ingester begins before the old one ends: both publish for a while."""
    names = [f"{base}/USDT" for base in ("BTC", "ETH", "SOL", "ADA", "XRP", "LTC", "DOT", "LINK", "BCH", "DOGE")]
    pairs = [next(name for name in names if shard_number(name, 2) == number) for number in (1, 2)]
    flags = [word for pair in pairs for word in ("--pair", pair)]
    simulator = yard.simulator("--venues", "binance", "--rate", "50", *flags)
    moving = pairs[1]
    old = ingester(yard, simulator, cluster, "--shard", "1/1", name="old")
    shown = edge(yard, cluster.bootstrap, "--pair", moving)
    eventually(lambda: live(shown), "a live book at the edge")
    with Trades(shown, moving) as trades:
        eventually(lambda: len(trades.ids) > 20, "trades")
        new = [ingester(yard, simulator, cluster, "--shard", f"{number}/2", name=f"new{number}") for number in (1, 2)]
        eventually(lambda: new[1].said(f"{moving} is ready"), "the new ingester")
        overlap = len(trades.ids)
        eventually(lambda: len(trades.ids) > overlap + 50, "trades of both")
        old.stop()
        known = len(trades.ids)
        eventually(lambda: len(trades.ids) > known + 100, "trades of the new ingester")
    assert not new[0].said(f"{moving} is ready")
    assert trades.repeated == []
    assert trades.gaps == []
    numbers = sorted(int(trade_id) for _, trade_id in trades.ids)
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "the venue counts its trades"
