"""Edges: clients of a server that reads Kafka are sent what clients of the ingester are sent."""

from __future__ import annotations

import http.client
import time
from http import HTTPStatus

import grpc
import pytest

from onebook.v1 import analytics_pb2, analytics_pb2_grpc, control_pb2, control_pb2_grpc, market_data_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from tests.kafka.mock_cluster import MockCluster
from tests.kafka.real_cluster import BROKERS, missing, real_cluster
from tests.waiting import eventually

from .edges import VENUES, Trades, edge, ingester, live, place_of, qualities
from .processes import Server, Yard

CONTRACTS = ("gate_futures", "BTC/USDT"), ("deribit", "BTC/USD")
"""A venue whose sizes are contracts of a part of the base currency, and one whose sizes are in quote units."""
SECOND = 10**9


def test_books_of_an_edge_are_the_ingesters(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", ",".join(VENUES))
    source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
    eventually(lambda: len(candles(source, "1s", "")) > 3, "candles of the ingester")
    began = time.time_ns()
    shown = edge(yard, cluster)
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


def same_candles(shown: Server, source: Server, venue: str, began: int) -> bool:
    """Whether both have the same candles, closed before and after the edge began, and the same minute in progress."""
    here, there = (candles(server, "1s", venue) for server in (shown, source))
    common = [at for at in sorted(here) if at in there]
    for at in common:
        if at < began:
            # What the venue tells of the past may reach the topic behind a later candle. The edge has closed the candle
            # by then, and corrects it.
            here[at].ClearField("revision")
            there[at].ClearField("revision")
    assert [here[at] for at in common] == [there[at] for at in common]
    before = [at for at in common if at < began - SECOND]
    minute, theirs = (candles(server, "1m", venue) for server in (shown, source))
    newest = max(theirs)
    equal = minute.get(newest) == theirs[newest] and theirs[newest].trades > 0
    return equal and len(before) > 1 and len(common) > len(before) + 1


def candles(server: Server, interval: str, venue: str) -> dict[int, analytics_pb2.Candle]:
    """By open time, without what is of the moment of the answer."""
    request = analytics_pb2.GetCandlesRequest(
        interval=interval, venue=venue, include_open=interval != "1s", fill=analytics_pb2.CANDLE_FILL_NULL
    )
    with grpc.insecure_channel(server.address) as channel:
        found = analytics_pb2_grpc.AnalyticsServiceStub(channel).GetCandles(request).candles
    for candle in found:
        candle.ClearField("header")
        candle.ClearField("venues")
        # Each server has an order of venues.
        candle.counted_venues.sort()
        candle.missing_venues.sort(key=lambda each: each.venue)
    return {candle.open_time_nanos: candle for candle in found}


@pytest.mark.parametrize(("venue", "pair"), CONTRACTS)
def test_contracts_have_the_ingesters_digest(yard: Yard, cluster: MockCluster, venue: str, pair: str) -> None:
    simulator = yard.simulator("--venues", venue, "--pair", pair)
    source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
    shown = edge(yard, cluster)
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
    shown = edge(yard, cluster)
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


@pytest.mark.slow
@pytest.mark.skipif(bool(missing()), reason="Java and Maven are needed")
@pytest.mark.timeout(300)
def test_an_edge_of_apache_kafka_begins_before_now(yard: Yard) -> None:
    """These brokers know which record was the first after a time: an edge has trades of before its start."""
    # So few trades that the newest 2,000 reach back to before the start for a minute.
    simulator = yard.simulator("--venues", "binance", "--rate", "15")
    with real_cluster() as cluster:
        source: Server = yard.serve(simulator, "--kafka", cluster.bootstrap)
        with Trades(source) as there:
            eventually(lambda: len(there.ids) > 50, "trades")
            started = time.time_ns()
            config = yard.folder / "edge.toml"
            config.write_text(f'edge = true\nkafka = "{cluster.bootstrap}"\n')
            shown = yard.server("--config", str(config), name="edge")
            eventually(lambda: live(shown), "a live book at the edge")
            request = analytics_pb2.GetTradeVwapRequest(venue="binance", trades=2000)

            def first() -> int:
                with grpc.insecure_channel(shown.address) as channel:
                    answer = analytics_pb2_grpc.AnalyticsServiceStub(channel).GetTradeVwap(request)
                return int(answer.vwap.first_trade_time_nanos)

            eventually(lambda: 0 < first() < started, "trades of before the start")
            eventually(lambda: same_candles(shown, source, "binance", started), "equal candles")

            def equal() -> bool:
                here, there = (qualities(server)["binance"] for server in (shown, source))
                return place_of(here) == place_of(there) and here.digest == there.digest != 0

            eventually(equal, "the same digest at the same number")
            cluster.nodes[BROKERS[0]].kill()
            with Trades(shown) as here:
                eventually(lambda: len(here.ids) > 100, "trades after a broker has died")
            assert here.repeated == []
        yard.close()


def more(there: Trades, wanted: list[tuple[str, str]], since: int) -> bool:
    wanted[:] = [key for key, received in list(there.ids.items()) if received > since + SECOND]
    return len(wanted) > 20
