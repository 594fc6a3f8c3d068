"""Edges: clients of a server that reads Kafka are sent what clients of the ingester are sent."""

from __future__ import annotations

import asyncio
import http.client
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import grpc
import pytest
from typing_extensions import Self

from client import AsyncClient, Backoff
from onebook.v1 import analytics_pb2, analytics_pb2_grpc, control_pb2, control_pb2_grpc, market_data_pb2_grpc, types_pb2
from onebook.v1 import market_data_pb2 as pb
from server.shard import shard_number
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.kafka.real_cluster import BROKERS, missing, real_cluster
from tests.waiting import eventually

from .processes import Server, Simulator, Yard

VENUES = ("binance", "bybit", "kraken")
CONTRACTS = ("gate_futures", "BTC/USDT"), ("deribit", "BTC/USD")
"""A venue whose sizes are contracts of a part of the base currency, and one whose sizes are in quote units."""
SECOND = 10**9
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
    config = yard.folder / "edge.toml"
    config.write_text(f'edge = true\nkafka = "{cluster.bootstrap}"\n')
    made: Server = yard.server("--config", str(config), *flags, name=name)
    return made


def qualities(server: Server) -> dict[str, types_pb2.VenueQuality]:
    with server.client() as client:
        book = client.GetBook(pb.GetBookRequest(levels=10)).book
    return {quality.venue: quality for quality in book.venues}


def live(server: Server) -> bool:
    """Whether all books are live."""
    return all(quality.state == types_pb2.VENUE_STATE_LIVE for quality in qualities(server).values())


class Stream:
    """Reads a stream on a thread until it is left; the stream must not end before that."""

    def __init__(self, server: Server) -> None:
        self._channel = grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)])
        self._call = self._open(market_data_pb2_grpc.MarketDataServiceStub(self._channel))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.ended: grpc.StatusCode | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._call.cancel()
        self._thread.join(10)
        self._channel.close()
        assert self.ended is grpc.StatusCode.CANCELLED, "the stream went on until it was left"

    def _open(self, stub: market_data_pb2_grpc.MarketDataServiceStub) -> Any:
        raise NotImplementedError

    def take(self, message: Any) -> None:
        raise NotImplementedError

    def _read(self) -> None:
        try:
            for message in self._call:
                self.take(message)
        except grpc.RpcError as error:
            self.ended = error.code()


class Trades(Stream):
    """Trades of all venues."""

    def __init__(self, server: Server, market: str = "BTC/USDT") -> None:
        self._market = market
        self.began = time.time_ns()
        self.ids: dict[tuple[str, str], int] = {}
        self.repeated: list[tuple[str, str]] = []
        self.gaps: list[types_pb2.TradeGap] = []
        self.before_gaps: list[int] = []
        """How many trades had come before each gap."""
        super().__init__(server)

    def _open(self, stub: market_data_pb2_grpc.MarketDataServiceStub) -> Any:
        return stub.StreamTrades(pb.StreamTradesRequest(market=self._market))

    def take(self, message: pb.StreamTradesResponse) -> None:
        if message.HasField("gap"):
            self.gaps.append(message.gap)
            self.before_gaps.append(len(self.ids))
        elif message.trade.trade_id:
            key = message.trade.venue, message.trade.trade_id
            if key in self.ids:
                self.repeated.append(key)
            self.ids[key] = message.trade.receive_time_nanos


class Books(Stream):
    """The merged book, and whether a venue's book in it went backwards."""

    def __init__(self, server: Server) -> None:
        self.seen: dict[int, None] = {}
        self.backwards: list[tuple[str, int, int]] = []
        self._newest: dict[str, int] = {}
        super().__init__(server)

    def _open(self, stub: market_data_pb2_grpc.MarketDataServiceStub) -> Any:
        return stub.StreamBook(pb.StreamBookRequest(min_interval_ms=10))

    def take(self, message: pb.StreamBookResponse) -> None:
        self.seen[message.book.header.sequence] = None
        for quality in message.book.venues:
            if quality.state == types_pb2.VENUE_STATE_LIVE:
                before = self._newest.get(quality.venue, 0)
                if quality.venue_sequence < before:
                    self.backwards.append((quality.venue, before, quality.venue_sequence))
                self._newest[quality.venue] = quality.venue_sequence


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
            if _place(here[venue]) == _place(there[venue]) and here[venue].digest:
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
        return _place(here) == _place(there) and here.digest == there.digest != 0

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
    simulator = yard.simulator("--venues", "binance", "--rate", "50")
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
                return _place(here) == _place(there) and here.digest == there.digest != 0

            eventually(equal, "the same digest at the same number")
            cluster.nodes[BROKERS[0]].kill()
            with Trades(shown) as here:
                eventually(lambda: len(here.ids) > 100, "trades after a broker has died")
            assert here.repeated == []
        yard.close()


def more(there: Trades, wanted: list[tuple[str, str]], since: int) -> bool:
    wanted[:] = [key for key, received in list(there.ids.items()) if received > since + SECOND]
    return len(wanted) > 20


@pytest.mark.slow
def test_a_standby_takes_over_from_a_killed_ingester_and_the_stream_goes_on(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", "binance,bitstamp", "--rate", "50")
    first = ingester(yard, simulator, cluster, name="first")
    shown = edge(yard, cluster)
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
    shown = edge(yard, cluster)
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
    shown = edge(yard, cluster)
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


class Readers:
    """Clients with connections of their own, on one thread. Each reads the book of its edge until the end."""

    def __init__(self, addresses: list[str], each: int) -> None:
        self.seen = [[0] * each for _ in addresses]
        """Books, by edge and client."""
        self.ended: list[BaseException] = []
        self._addresses = addresses
        self._loop = asyncio.new_event_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def least(self, number: int) -> int:
        """Of the clients of one edge, the number of books of the client that has the fewest."""
        return min(self.seen[number])

    def stop(self) -> None:
        for task in self._tasks:
            self._loop.call_soon_threadsafe(task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        self._loop.run_until_complete(self._read_all())

    async def _read_all(self) -> None:
        for number, counts in enumerate(self.seen):
            self._tasks += [self._loop.create_task(self._read(number, client)) for client in range(len(counts))]
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, number: int, client: int) -> None:
        backoff = Backoff(first=0.02, longest=0.2, healthy=30)
        try:
            async with AsyncClient(self._addresses[number], backoff=backoff) as reader:
                async for _ in reader.stream_book("BTC/USDT", levels=1, min_interval=0.1):
                    self.seen[number][client] += 1
            self.ended.append(EOFError("a stream ended"))
        except Exception as error:
            self.ended.append(error)


def test_edges_are_restarted_one_after_the_other_under_a_hundred_clients(yard: Yard, cluster: MockCluster) -> None:
    simulator = yard.simulator("--venues", ",".join(VENUES))
    ingester(yard, simulator, cluster)
    edges = [edge(yard, cluster, name="one"), edge(yard, cluster, name="two")]
    for shown in edges:
        eventually(lambda shown=shown: live(shown), "live books")  # type: ignore[misc]
    ports = [str(shown.port) for shown in edges]
    readers = Readers([shown.address for shown in edges], 50)
    eventually(lambda: min(map(readers.least, (0, 1))) > 2, "books of all clients")
    for number in (0, 1):
        edges[number].stop()
        began, other = time.monotonic(), readers.least(1 - number)
        edges[number] = edge(yard, cluster, "--port", ports[number], name="again")
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
    shown = edge(yard, cluster, "--pair", moving)
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


def _place(quality: types_pb2.VenueQuality) -> tuple[int, int]:
    """Venues without numbers of their own tell updates apart by their time."""
    return quality.venue_sequence, quality.exchange_time_nanos
