"""onebook's server without exchanges: real markets, dispatcher and gRPC port, and a thread that changes the books."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks import harness
from orderbook_ext import OrderBook
from server.analytics.engine import AnalyticsEngine
from server.analytics.settings import AnalyticsSettings
from server.api.calls import Service
from server.api.compat import Compat
from server.api.market_data import MarketData
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.streams import Streams
from server.api.topics import Topics
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch
from server.publish.topics import BookChoice, BookTopic
from server.run import SWITCH_INTERVAL
from server.transport.grpc.grpc_server import GrpcServer
from server.transport.tls import Certificates, Tls

METHOD = "/onebook.v1.MarketDataService/StreamBook"
PAIR = Pair("BTC", "USDT")
VENUES = ("alpha", "beta")
LEVELS = 10
DEPTH = 1000
# One change sets as many sizes a side, near the touch, so that every change is one of the top 10.
ROWS = 5
CHANGES = 64

Rows = list[tuple[str, str]]


class Ticker:
    """Calls `change` `rate` times a second on a thread. When it is late it leaves beats out, never bunches them."""

    def __init__(self, change: Callable[[], None], rate: float) -> None:
        self.count = 0
        self._change = change
        self._interval = 1 / rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        due = time.perf_counter()
        while not self._stop.is_set():
            self._change()
            self.count += 1
            now = time.perf_counter()
            due = max(due + self._interval, now)
            if due > now:
                time.sleep(due - now)


class LiveMarket:
    """A market of two venues with deep books, and changes to make in them."""

    def __init__(self, on_change: Callable[[Market], None]) -> None:
        self.market = Market(PAIR, VENUES, on_change)
        self._books: list[OrderBook] = []
        self._changes: list[tuple[Rows, Rows]] = []
        self._count = 0
        for seed, venue in enumerate(VENUES):
            self._fill(venue, seed)

    def change(self) -> None:
        """What a feed does with a frame: apply it, stamp the times, say so."""
        self._count += 1
        index = self._count % len(self._books)
        bids, asks = self._changes[self._count % len(self._changes)]
        self._books[index].apply(bids, asks)
        now = time.time_ns()
        self.market.entries[VENUES[index]].stamp(now, now, time.monotonic_ns(), self._count)
        self.market.changed()

    def _fill(self, venue: str, seed: int) -> None:
        bids, asks = harness.market_levels(DEPTH, seed=seed)
        book = OrderBook(2, 5, tick="0.01", lock=self.market.lock)
        book.load(bids, asks)
        entry = self.market.entries[venue]
        entry.book = book
        entry.stamp(time.time_ns(), time.time_ns(), time.monotonic_ns(), 1)
        entry.state = VenueState.LIVE
        self._books.append(book)
        self._changes += [(_resized(bids, number), _resized(asks, number)) for number in range(CHANGES // len(VENUES))]


def _resized(side: Rows, number: int) -> Rows:
    """Other sizes for some of the best levels."""
    return [(price, f"{1 + (number + row) % 7}.{number:05}") for row, (price, _size) in enumerate(side[:ROWS])]


class Stack:
    """A server process's worth of onebook. Raises ConfigError when the port cannot be bound."""

    def __init__(
        self,
        rate: float,
        transport: str = "push",
        stream_limit: int = 1000,
        processes: int = 0,
        tls: Path | None = None,
    ) -> None:
        """`processes`: of a native transport, 0 for a thread. `tls`: where c.pem and k.pem lie."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.dispatcher = Dispatcher(Epoch.now())
        self.live = LiveMarket(self.dispatcher.book_changed)
        self.dispatcher.add_market(self.live.market)
        self.streams = Streams(stream_limit)
        reader = RequestReader({PAIR: self.live.market}, LEVELS, Decimal(0), RequestLimits(streams=stream_limit))
        analytics = AnalyticsEngine(AnalyticsSettings(), self.dispatcher.publisher.emit, self.dispatcher.book_changed)
        self.dispatcher.listen(analytics)
        topics = Topics(self.dispatcher, 1000)
        self.services = [
            MarketData(reader, topics, {}, analytics, PastStreams(None, self.dispatcher.epoch)).service(),
            Compat(reader, topics).service(),
        ]
        certificates = Certificates(Tls(tls / "c.pem", tls / "k.pem")) if tls else None
        self.server = self._server(transport, self.services, stream_limit, processes, certificates)
        self.ticker = Ticker(self.live.change, rate)

    def _server(
        self, transport: str, services: list[Service], limit: int, processes: int, tls: Certificates | None
    ) -> Any:
        if transport == "native":
            from server.transport.native.native_server import NativeServer

            return NativeServer(services, self.streams, "127.0.0.1", 0, limit, processes=processes, tls=tls)
        return GrpcServer(services, self.streams, "127.0.0.1", 0, limit, push=transport == "push", tls=tls)

    def start(self) -> int:
        """Serves; returns the port."""
        self.dispatcher.start()
        self.server.start()
        self.ticker.start()
        return int(self.server.port)

    def stop(self) -> None:
        self.ticker.stop()
        self.server.stop(0.2)
        self.dispatcher.stop(2)


def sample_message() -> bytes:
    """One StreamBookResponse as this server sends it."""
    live = LiveMarket(lambda _market: None)
    return BookTopic(live.market, Epoch.now(), 0.0, BookChoice(LEVELS, Decimal(0))).encode_once()
