"""The streams behind the screen: one of the book, and those of each pane, read only while somebody looks at them.

Each has a thread and a connection of its own. A pane that fails, or whose server does not know the call, says so in
its place; the book does not notice.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Mapping
from enum import Enum
from typing import Any, Protocol

from ..analytics.candles_follow import FollowedCandles
from ..events import Event, EventHandler
from ..stream import Stream
from ..sync import Client
from .candle_past import CandlesWithPast
from .markets import MarketNames


class Feed(Enum):
    """One stream of the screen."""

    BOOK = "book"
    MARKETS = "markets"
    CANDLES = "candles"
    AVERAGES = "averages"
    VWAP = "vwap"
    BUY = "buy"
    SELL = "sell"


Wanted = Mapping[Feed, Hashable]
"""What is to be asked for on each feed that is looked at."""


class Source(Protocol):
    """A stream, or what behaves as one."""

    @property
    def missed(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def close(self) -> None: ...


class Sink(Protocol):
    """Where what is read goes; every method is called from any thread."""

    def take(self, feed: Feed, asked: Hashable, message: Any, missed: int) -> None:
        """A message came; it is to be ignored where something else was wanted meanwhile."""

    def event(self, feed: Feed, event: Event) -> None:
        """A feed lost or found its server."""

    def ended(self, feed: Feed, missed: int) -> None:
        """A feed was closed because something else, or nothing, is wanted of it."""

    def fail(self, feed: Feed, asked: Hashable, error: BaseException) -> None:
        """A feed cannot go on."""


class Connect(Protocol):
    """Makes a client that tells its events and, if wanted, hands out heartbeats."""

    def __call__(self, on_event: EventHandler, heartbeats: bool = False) -> Client: ...


class StreamOpener:
    """How each feed's stream is asked for, with what was said on the command line."""

    def __init__(self, dust: str | None = None, interval: float = 0.0) -> None:
        self._dust, self._interval = dust, interval

    def __call__(self, client: Client, feed: Feed, asked: Any) -> Source:
        """Opens a stream; nothing is sent before it is read."""
        return getattr(self, f"_{feed.value}")(client, *asked)  # type: ignore[no-any-return]

    def _markets(self, client: Client, _times: int) -> Source:
        return MarketNames(client)

    def _book(self, client: Client, market: str, levels: int, venues: tuple[str, ...]) -> Stream[Any]:
        return client.stream_book(market, levels, venues=venues, dust=self._dust, min_interval=self._interval)

    def _candles(self, client: Client, market: str, interval: str, venue: str) -> Source:
        if venue:
            return FollowedCandles(client, market, interval, venue, include_open=True)
        return CandlesWithPast(client, market, interval)

    def _averages(self, client: Client, market: str, venues: tuple[str, ...]) -> Stream[Any]:
        return client.stream_averages(market, venues=venues)

    def _vwap(self, client: Client, market: str, venue: str) -> Stream[Any]:
        return client.stream_trade_vwap(market, venue=venue)

    def _buy(self, client: Client, market: str, size: Any, venues: tuple[str, ...]) -> Stream[Any]:
        return client.stream_quote(market, "buy", size=size, venues=venues)

    def _sell(self, client: Client, market: str, size: Any, venues: tuple[str, ...]) -> Stream[Any]:
        return client.stream_quote(market, "sell", size=size, venues=venues)


class Reader:
    """The thread that reads one stream to its end."""

    def __init__(self, feed: Feed, asked: Hashable, source: Source, sink: Sink) -> None:
        self._feed, self.asked, self._source, self._sink = feed, asked, source, sink
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"onebook-{feed.value}", daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Ends the stream, and with it the thread, but does not wait for it; how many messages it missed."""
        self._stopping = True
        self._source.close()
        return self._source.missed

    @property
    def alive(self) -> bool:
        """The thread has not ended yet."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Waits for the thread."""
        self._thread.join()

    def _run(self) -> None:
        try:
            for message in self._source:
                self._sink.take(self._feed, self.asked, message, self._source.missed)
        except Exception as error:
            if not self._stopping:
                self._sink.fail(self._feed, self.asked, error)


class Readers:
    """The readers of all feeds, as what is wanted changes. Used by one thread."""

    def __init__(self, connect: Connect, opener: StreamOpener, sink: Sink) -> None:
        self._connect, self._asker, self._sink = connect, opener, sink
        self._clients: dict[Feed, Client] = {}
        self._readers: dict[Feed, Reader] = {}
        self._ended: list[Reader] = []

    def follow(self, wanted: Wanted) -> None:
        """Reads what is wanted, and nothing else."""
        for feed, reader in list(self._readers.items()):
            if wanted.get(feed) != reader.asked:
                self._sink.ended(feed, reader.stop())
                self._ended = [each for each in (*self._ended, self._readers.pop(feed)) if each.alive]
        for feed, asked in wanted.items():
            if feed not in self._readers:
                self._readers[feed] = Reader(feed, asked, self._asker(self._client(feed), feed, asked), self._sink)

    def _client(self, feed: Feed) -> Client:
        # A client tells its events without saying whose: each feed has its own.
        if feed not in self._clients:
            # Heartbeats of the book tell a quiet market from a server that says nothing.
            heartbeats = feed is Feed.BOOK
            self._clients[feed] = self._connect(lambda event: self._sink.event(feed, event), heartbeats)
        return self._clients[feed]

    def stop(self) -> None:
        """Ends everything."""
        self.follow({})
        for client in self._clients.values():
            client.close()
        for reader in self._ended:
            reader.join()
