"""Edges: clients of a server that reads Kafka are sent what clients of the ingester are sent."""

from __future__ import annotations

import http.client
import time
from http import HTTPStatus

import grpc
import pytest

from onebook.v1 import control_pb2, control_pb2_grpc, market_data_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from tests.kafka.mock_cluster import MockCluster
from tests.waiting import eventually

from .edges import VENUES, Trades, candles, edge, ingester, live, place_of, qualities, same_candles
from .processes import Server, Yard

CONTRACTS = ("gate_futures", "BTC/USDT"), ("deribit", "BTC/USD")
"""A venue whose sizes are contracts of a part of the base currency, and one whose sizes are in quote units."""
SECOND = 10**9


def test_books_of_an_edge_are_the_ingesters(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", ",".join(VENUES))
    source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
    eventually(lambda: len(candles(source, "1s", "")) > 3, "candles of the ingester")
    began = time.time_ns()
    shown = edge(yard, cluster.bootstrap)
    eventually(lambda: live(shown), "live books at the edge")
    equal: set[str] = set()

    def compared() -> bool:
        here, there = qualities(shown), qualities(source)
        for venue in VENUES:
            if place_of(here[venue]) == place_of(there[venue]) and here[venue].digest:
                assert here[venue].digest == there[venue].digest
                equal.add(venue)
        return equal == set(VENUES)

    eventually(compared, "equal numbers at both")
    for venue in ("", "binance"):
        eventually(lambda venue=venue: same_candles(shown, source, venue, began), "equal candles")  # type: ignore[misc]


@pytest.mark.parametrize(("venue", "pair"), CONTRACTS)
def test_contracts_have_the_ingesters_digest(yard: Yard, cluster: MockCluster, venue: str, pair: str) -> None:
    simulator = yard.simulator("--venues", venue, "--pair", pair)
    source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
    shown = edge(yard, cluster.bootstrap)
    # The digest of each record is compared before its book is live.
    eventually(lambda: live(shown), lambda: str(qualities(shown)))

    def equal() -> bool:
        here, there = qualities(shown)[venue], qualities(source)[venue]
        return place_of(here) == place_of(there) and here.digest == there.digest != 0

    eventually(equal, "equal digests at the same number")


def test_every_trade_comes_once_and_an_edge_obeys_no_command(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", "binance,kraken", "--rate", "50")
    source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap, name="first")
    ingester(yard, simulator, cluster, name="second")
    shown = edge(yard, cluster.bootstrap)
    eventually(lambda: live(shown), "live books at the edge")
    with Trades(shown) as here, Trades(source) as there:
        eventually(lambda: len(here.ids) > 100, "trades at the edge")
        since = max(here.began, there.began)
        wanted = [key for key, received in there.ids.items() if received > since + SECOND]
        eventually(lambda: len(wanted) > 20 or more(there, wanted, since), "trades at both")
        eventually(lambda: set(wanted) <= set(here.ids), "all of them at the edge")
    assert here.repeated == []
    assert here.gaps == []
    with grpc.insecure_channel(shown.address) as channel:
        control = control_pb2_grpc.ControlServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            control.ResyncBook(control_pb2.ResyncBookRequest(market="BTC/USDT", venue="binance"))
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "is an edge" in str(refused.value.details())


def test_an_ingester_takes_commands_and_serves_no_clients(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", "binance")
    source = ingester(yard, simulator, cluster, "--http", "0")
    with grpc.insecure_channel(source.address) as channel:
        market = market_data_pb2_grpc.MarketDataServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            market.GetBook(pb.GetBookRequest())
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
        control = control_pb2_grpc.ControlServiceStub(channel)
        paused = control.Pause(control_pb2.PauseRequest(venue="binance"))
    assert [book.market for book in paused.books] == ["BTC/USDT"]
    eventually(lambda: source.said("HTTP is served on"), "the port of HTTP")
    port = int(source.said("HTTP is served on")[0].rpartition(":")[2])
    assert b"onebook_kafka_waiting_records" in asked(port, "/metrics")[1]
    assert asked(port, "/v1/book?market=BTC/USDT")[0] == HTTPStatus.NOT_FOUND


def asked(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def more(there: Trades, wanted: list[tuple[str, str]], since: int) -> bool:
    wanted[:] = [key for key, received in list(there.ids.items()) if received > since + SECOND]
    return len(wanted) > 20
