"""The composition root: configuration in, threads and servers out, and an orderly stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from .analytics.engine import AnalyticsEngine
from .analytics.quotes.compute import Terms
from .api.access import Access
from .api.analytics import Analytics as AnalyticsService
from .api.calls import Service
from .api.compat import Compat
from .api.control import Control
from .api.history import HistoryCalls
from .api.market_data import MarketData
from .api.past_streams import PastStreams
from .api.requests import RequestLimits, RequestReader
from .api.streams import Streams
from .api.token_file import TokenFile
from .api.token_watch import TokenWatch
from .api.topics import Topics
from .cautions import say_serving
from .config import Config
from .config_readers import MAX_PAIRS
from .csv_files.server_csv import ServerCsv
from .edge.edge_feed import REFUSAL
from .edge.opening import edge_reader, trade_reach
from .errors import ConfigError
from .feed.feed_options import FeedOptions
from .history.retention import Retention
from .history_source.history import History
from .history_source.resumption import resume
from .history_source.server_history import ServerHistory
from .http_port import http_port
from .kafka.opening import kafka_publisher
from .kafka.source import KafkaSource
from .listing_report import refuse_unlisted, say_listings
from .logs import about
from .market.market import Market
from .model import Instrument, Pair, Reach
from .network.hosts import Hosts
from .operations import Operations
from .options import parser
from .publish.dispatcher import Dispatcher
from .publish.epoch import Epoch
from .push.push_feed import PushFeed
from .push.pushed_book import PUSH
from .recording.descriptions import run_body
from .recording.server_recorder import RecordingOptions, ServerRecorder
from .registry import Feed, MarketRegistry
from .reload import Reloads
from .run import run
from .signals import signals
from .threads import Supervised
from .transport.choice import Server, server_of, shared_books
from .transport.no_port import NoPort
from .transport.tls import Certificates
from .units import SECOND
from .venue_runtime import VenueRuntime
from .venues import VENUES

if TYPE_CHECKING:
    from .edge.edge import Edge
    from .http_port import HttpPort
    from .kafka.publisher import KafkaPublisher

log = logging.getLogger(__name__)

# How long the start waits for the venues' lists of pairs: for any of them, and for the rest once every pair is found.
DISCOVERY_WAIT = 8.0
STRAGGLERS_WAIT = 2.0
POLL = 0.05
STOP_GRACE = 2.0
UNLIMITED = 1_000_000
"""Different streams of the server itself."""


class Stop(Protocol):
    """Tells whether the process should end."""

    def is_set(self) -> bool: ...


class App:
    """One server process."""

    def __init__(self, config: Config, *, port: bool = True, history: History | None = None) -> None:
        """`port`: whether there are clients; else the server only records. `history`: in place of the one that the
        configuration asks for."""
        self.edge, config = edge_of(config)
        self.config = config
        self.history = history or history_of(config)
        self.recorder = recorder_of(config)
        self.dispatcher = Dispatcher(Epoch.now(), config.heartbeat, config.stall_limit)
        self.analytics = AnalyticsEngine(
            config.analytics,
            self._emit,
            self.dispatcher.book_changed,
            self.dispatcher.follow_updates,
            self._heard,
        )
        self.dispatcher.listen(self.analytics)
        if self.history is not None:
            self.history.listener.analytics = self.analytics
            self.dispatcher.listen(self.history.listener)
        self.csv = ServerCsv(config.csv) if config.csv is not None else None
        if self.csv is not None:
            self.dispatcher.listen(self.csv.listener)
        if self.recorder is not None:
            options = {name: self._options(name) for name in config.venues}
            self.recorder.begin(run_body(self.dispatcher.epoch.start, config.pairs, config.levels, options))
        self.hosts = Hosts()
        self.registry = MarketRegistry(
            config.pairs,
            self._venues(),
            self._feed,
            self.dispatcher,
            self._known_venues(),
            MAX_PAIRS,
            self._record_command,
        )
        self.markets, self.feeds = self.registry.markets, self.registry.feeds
        self.streams = Streams(config.max_streams)
        limits = RequestLimits(streams=config.max_streams)
        reader = RequestReader(self.markets, config.levels, config.dust, limits)
        topics = Topics(self.dispatcher, limits.topics, reader.default_choice)
        terms = Terms(config.analytics.taker_fees, self._instrument)
        self.tokens = TokenFile(config.tokens) if config.tokens is not None else None
        access = Access(self.tokens)
        epoch = self.dispatcher.epoch
        self.past = PastStreams(self.history, epoch)

        def of_markets(kept: Topics) -> list[Service]:
            return [
                MarketData(reader, kept, self.feeds, self.analytics, self.past).service(),
                AnalyticsService(reader, kept, self.analytics, terms, self.past).service(),
            ]

        services = [
            *of_markets(topics),
            HistoryCalls(reader, epoch, self.history).service(),
            Compat(reader, topics).service(),
            Control(self.registry, config.takes_commands, access, refusal=REFUSAL if config.edge else "").service(),
        ]
        if config.ingest_only:
            services = services[-1:]
        self.reloads = Reloads()
        """The files that SIGHUP reads again."""
        certificates = Certificates(config.tls) if config.tls is not None else None
        if certificates is not None:
            self.reloads.add("the TLS certificate", certificates.reload)
        if self.tokens is not None:
            self.reloads.add("the tokens", self.tokens.reload)
        self.token_watch = TokenWatch(access, self.streams)
        self.server: Server = NoPort()
        if port:
            self.server = server_of(config, services, self.streams, access, certificates)
        self.shm = shared_books(config, self.dispatcher, reader.default_choice, len(self._known_venues()))
        if self.shm is not None:
            self.dispatcher.listen(self.shm)
        self.kafka: KafkaPublisher | None = None
        if self.edge is not None:
            self.edge.attach(self.registry, self.dispatcher, self.analytics)
        elif port and config.kafka is not None:
            unlimited = Topics(self.dispatcher, UNLIMITED, reader.default_choice, for_edges=True)
            self.kafka = kafka_publisher(config.kafka, self._kafka_source(of_markets(unlimited)))
            self.dispatcher.listen(self.kafka)
        self.http: HttpPort | None = None
        if port and config.http_port is not None:
            # Commands are left out: a page in a browser of this user could send them.
            self.http = http_port(config, services[:-1], access, self)
            if config.tls is not None:
                self.reloads.add("the TLS certificate of HTTP", self.http.reload)
        self.operations = Operations(self.registry, self._report_health, self.threads, reaches=self.edge is None)

    def _venues(self) -> tuple[str, ...]:
        """The venues that are read, and the one that programs post to."""
        return (*self.config.venues, *([PUSH] if self.config.push else []))

    def _known_venues(self) -> tuple[str, ...]:
        return (*VENUES, *([PUSH] if self.config.push else []))

    def _feed(self, name: str, markets: Mapping[Pair, Market]) -> Feed:
        if self.edge is not None:
            return self.edge.feed(name, self._options(name), markets, self.dispatcher)
        if name == PUSH:
            return PushFeed(markets, self.config.push_stale)
        taps = None if self.recorder is None else self.recorder.taps(name)
        return VenueRuntime(
            VENUES[name](),
            self._options(name),
            markets,
            self.hosts,
            self.dispatcher,
            self.analytics,
            self._kept,
            taps,
        )

    def _options(self, name: str) -> FeedOptions:
        venue, settings = VENUES[name], self.config.of(name)
        return FeedOptions(
            endpoint=settings.addresses(venue),
            book=settings.book or venue.BOOK_MODES[0],
            levels=max(self.config.book_levels, self.config.levels),
            proxy=settings.proxy,
            audit=settings.audit,
            checks=settings.checks,
        )

    def _kafka_source(self, services: Sequence[Service]) -> KafkaSource:
        intervals = [interval.name for interval in self.config.analytics.intervals]
        default, kept = self.registry.default, self.history is not None
        return KafkaSource(services, self.feeds, self.dispatcher.epoch, default, intervals, kept)

    def _emit(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        """An event of the analytics goes to its topics, and to the history."""
        if self.history is not None:
            self.history.listener.emit(market, source, venue, event, receive_time)
        self.dispatcher.publisher.emit(market, source, venue, event, receive_time)

    def _heard(self, market: Market, source: Hashable) -> bool:
        """Whether anybody takes the events of this source."""
        return self.history is not None or bool(self.dispatcher.topics.listening(market, source))

    @property
    def threads(self) -> list[Supervised]:
        """The threads without which no client is served."""
        edge = [self.edge.thread, self.edge.candles.thread] if self.edge is not None else []
        http = self.http.threads if self.http is not None else []
        return [self.dispatcher.thread, *self.server.threads, *http, *edge]

    def _report_health(self, name: str, serving: bool | None) -> None:
        self.server.report(name, serving)
        if self.http is not None:
            self.http.report(name, serving)

    def _record_command(self, name: str, **details: str) -> None:
        if self.recorder is not None:
            self.recorder.command(name, **details)

    def _kept(self) -> list[Market]:
        return list(self.markets.values())

    def _instrument(self, venue: str, market: Market) -> Instrument | None:
        feed = self.feeds.get(venue)
        listing = feed.listings.get(market.pair) if feed is not None else None
        return listing.instrument if listing is not None else None

    def start(self, stop: Stop) -> None:
        """Asks the venues for the pairs, then serves. Raises ConfigError when no venue can have a pair.

        Returns early, without serving, when `stop` is set.
        """
        if self.recorder is not None:
            self.recorder.start()
            self.recorder.sample(self.markets)
        if self.history is not None:
            self.history.start()
            feeds = {name: feed for name, feed in self.feeds.items() if isinstance(feed, VenueRuntime)}
            resume(self.history.store.folder, list(self.markets.values()), feeds, self.analytics)
        if self.csv is not None:
            self.csv.start()
        for feed in self.feeds.values():
            feed.start()
        self._wait_for_listings(stop)
        if stop.is_set():
            return
        self._report()
        self.dispatcher.start()
        self.operations.start()  # Before the first question about health can be answered.
        self.server.start()
        if self.http is not None:
            self.http.start()
        if self.kafka is not None:
            self.kafka.start()
        self.token_watch.start()
        for feed in self.feeds.values():
            feed.go()
        if self.edge is not None:
            self.edge.start()

    def _wait_for_listings(self, stop: Stop) -> None:
        """A venue that is slow to answer must not hold up a server that others can already feed."""
        began = time.monotonic()
        while not all(feed.discovered.is_set() for feed in self.feeds.values()):
            waited = time.monotonic() - began
            found = all(
                any(feed.listings[pair].reach is Reach.LISTED for feed in self.feeds.values()) for pair in self.markets
            )
            if stop.is_set() or waited > (STRAGGLERS_WAIT if found else DISCOVERY_WAIT):
                return
            time.sleep(POLL)

    def _report(self) -> None:
        """Logs the venues' listings before any connection; one line if no venue could be asked."""
        if not self.operations.look_at_reach():
            say_listings(self.markets, self.feeds)
        refuse_unlisted(self.markets, self.feeds)

    def stop(self) -> None:
        """Ends streams with a status, then threads: no subscriber is shown venues that go away."""
        self.operations.stop()
        self.token_watch.stop()
        if self.shm is not None:
            self.shm.close()
        if self.http is not None:
            self.http.stop(STOP_GRACE)
        self.server.stop(STOP_GRACE)
        if self.edge is not None:
            self.edge.stop(STOP_GRACE)
        self.registry.stop()
        self.dispatcher.stop(STOP_GRACE)
        if self.kafka is not None:
            self.kafka.stop(STOP_GRACE)
        self.past.stop()
        self.registry.join(STOP_GRACE)
        if self.history is not None:
            self.history.stop()
        if self.csv is not None:
            self.csv.stop()
        self.write_candles()
        if self.recorder is not None:
            self.recorder.stop()

    def write_candles(self) -> None:
        """Writes the candles of all markets into CSV files, where the configuration asks for such files."""
        if self.csv is not None:
            self.csv.write_candles(self.markets.values(), self.analytics)


def edge_of(config: Config) -> tuple[Edge | None, Config]:
    """What reads the topics, if the configuration asks for it, and the configuration with the pairs and venues that are
    there. Waits for them. Raises ConfigError."""
    if not config.edge or config.kafka is None:
        return None, config
    reach = trade_reach(config.analytics.intervals)
    edge = edge_reader(config.kafka, config.pairs, config.venues, reach)
    try:
        pairs, venues = edge.discover(signals.is_set)
    except ConfigError:
        edge.stop(STOP_GRACE)
        raise
    analytics = replace(config.analytics, reach=reach * SECOND)
    return edge, replace(config, pairs=pairs, venues=venues, analytics=analytics)


def recorder_of(config: Config) -> ServerRecorder | None:
    """The recorder of this configuration, which owns the folder from now on. Raises ConfigError."""
    if config.data is None:
        return None
    ring = config.data_ring_mb << 20
    return ServerRecorder(RecordingOptions(config.data, ring, config.keep_days, config.keep_gb))


def history_of(config: Config) -> ServerHistory | None:
    """The history of this configuration, which owns the folder from now on. Raises ConfigError."""
    if config.history is None:
        if config.sql:
            words = "sql: set --history too: rows that the database does not take at once wait in its folder"
            raise ConfigError(words, ("sql",))
        return None
    retention = Retention(config.history_days, config.history_gb)
    return ServerHistory(config.history, retention, config.sql)


def main(argv: Sequence[str] | None = None, prog: str = "onebook serve") -> int:
    """Runs the server until a signal; the exit status is 0 after an orderly stop, 2 for input that cannot work."""
    return run(argv, prog, parser, App, say_app)


def say_app(app: App) -> None:
    """Logs what a running server serves."""
    say_serving(app.config, app.server.port)
    if app.http is not None:
        by = " by a process of its own" if app.config.http_processes else ""
        log.info("HTTP is served on %s:%d%s", app.config.http_host, app.http.port, by, extra=about("serving_http"))
