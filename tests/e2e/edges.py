"""Ingesters and edges over one cluster, and clients that remember what came."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import grpc
from typing_extensions import Self

from client import AsyncClient, Backoff
from onebook.v1 import analytics_pb2, analytics_pb2_grpc, market_data_pb2_grpc, types_pb2
from onebook.v1 import market_data_pb2 as pb
from tests.kafka.mock_cluster import MockCluster

from .processes import Server, Simulator, Yard

VENUES = ("binance", "bybit", "kraken")
SECOND = 10**9


def ingester(yard: Yard, simulator: Simulator, cluster: MockCluster, *flags: str, name: str = "ingester") -> Server:
    made: Server = yard.serve(simulator, "--ingest-only", "--kafka", cluster.bootstrap, *flags, name=name)
    return made


def edge(yard: Yard, bootstrap: str, *flags: str, name: str = "edge") -> Server:
    config = yard.folder / "edge.toml"
    config.write_text(f'edge = true\nkafka = "{bootstrap}"\n')
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


def place_of(quality: types_pb2.VenueQuality) -> tuple[int, int]:
    """Venues without numbers of their own tell updates apart by their time."""
    return quality.venue_sequence, quality.exchange_time_nanos


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
    if [here[at] for at in common] != [there[at] for at in common]:
        return False  # A correction is under way.
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
