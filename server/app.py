"""The composition root: configuration in, threads and servers out, and an orderly stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from orderbook_ext import IMPLEMENTATION

from .analytics.quoting import Terms
from .api import control
from .api.analytics import Analytics as AnalyticsService
from .api.compat import Compat
from .api.control import Control
from .api.grpc_server import SERVICES, GrpcServer
from .api.market_data import MarketData
from .api.requests import RequestLimits, RequestReader
from .api.streams import Streams
from .api.topics import Topics
from .config import Config
from .config_readers import MAX_PAIRS
from .descriptors import raise_limit
from .desks.analytics import Analytics
from .errors import ConfigError, OnebookError
from .feed.hosts import Hosts
from .feed.options import FeedOptions
from .logs import configure
from .market.market import Market
from .model import Instrument, Listing, Pair, Reach
from .options import read
from .publish.epoch import Epoch
from .publish.publisher import Publisher
from .publish.push import AVAILABLE
from .roster import Roster
from .venue_runtime import VenueRuntime
from .venues import VENUES

log = logging.getLogger(__name__)

# A thread that burns CPU hands the interpreter on after this long instead of 5 ms: feeds and sends wait less.
SWITCH_INTERVAL = 0.0005
# How long the start waits for the venues' lists of pairs: for any of them, and for the rest once every pair is found.
DISCOVERY_WAIT = 8.0
STRAGGLERS_WAIT = 2.0
POLL = 0.05
STOP_GRACE = 2.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# "generator" makes the server use the fallback for streams: for tests, and where push should misbehave.
TRANSPORT_VARIABLE = "ONEBOOK_TRANSPORT"


class App:
    """One server process."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.publisher = Publisher(Epoch.now(), config.heartbeat, config.stall_limit)
        self.analytics = Analytics(config.analytics, self.publisher.emit, self.publisher.changed)
        self.publisher.observe(self.analytics)
        self.hosts = Hosts()
        self.roster = Roster(config.pairs, config.venues, self._feed, self.publisher, tuple(VENUES), MAX_PAIRS)
        self.markets, self.feeds = self.roster.markets, self.roster.feeds
        self.streams = Streams(config.max_streams, push=AVAILABLE and os.environ.get(TRANSPORT_VARIABLE) != "generator")
        limits = RequestLimits(streams=config.max_streams)
        reader = RequestReader(self.markets, config.levels, config.dust, limits)
        topics = Topics(self.publisher, limits.topics, reader.default_choice)
        terms = Terms(config.analytics.taker_fees, self._instrument)
        handlers = [
            MarketData(reader, topics, self.feeds, self.analytics).handler(self.streams),
            AnalyticsService(reader, topics, self.analytics, terms).handler(self.streams),
            Compat(reader, topics).handler(self.streams),
            Control(self.roster, config.takes_commands).handler(),
        ]
        services = (*SERVICES, control.SERVICE) if config.takes_commands else SERVICES
        self.server = GrpcServer(
            handlers, self.streams, config.host, config.port, config.max_streams, config.tls, config.channelz, services
        )

    def _feed(self, name: str, markets: Mapping[Pair, Market]) -> VenueRuntime:
        venue, settings = VENUES[name](), self.config.of(name)
        options = FeedOptions(
            endpoint=settings.addresses(VENUES[name]),
            book=settings.book or venue.BOOK_MODES[0],
            levels=max(self.config.book_levels, self.config.levels),
            proxy=settings.proxy,
            audit=settings.audit,
            checks=settings.checks,
        )
        return VenueRuntime(venue, options, markets, self.hosts, self.publisher, self.analytics, self._kept)

    def _kept(self) -> list[Market]:
        return list(self.markets.values())

    def _instrument(self, venue: str, market: Market) -> Instrument | None:
        feed = self.feeds.get(venue)
        listing = feed.listings.get(market.pair) if feed is not None else None
        return listing.instrument if listing is not None else None

    def start(self, stop: threading.Event) -> None:
        """Asks the venues for the pairs, then serves. Raises ConfigError when no venue can have a pair.

        Returns early, without serving, when `stop` is set.
        """
        for feed in self.feeds.values():
            feed.start()
        self._wait_for_listings(stop)
        if stop.is_set():
            return
        self._report()
        self.publisher.start()
        self.server.start()
        for feed in self.feeds.values():
            feed.go()

    def _wait_for_listings(self, stop: threading.Event) -> None:
        """A venue that is slow to answer must not hold up a server that others can already feed."""
        began = time.monotonic()
        while not all(feed.discovered.is_set() for feed in self.feeds.values()):
            waited = time.monotonic() - began
            found = all(
                any(feed.listings[pair].reach is Reach.LISTED for feed in self.feeds.values()) for pair in self.markets
            )
            if stop.is_set() or waited > (STRAGGLERS_WAIT if found else DISCOVERY_WAIT):
                return
            time.sleep(POLL)  # Not stop.wait(): the signal's handler would wait for the lock that we hold in it.

    def _report(self) -> None:
        """One line a venue and pair, before anything connects."""
        for pair in self.markets:
            listings = [feed.listings[pair] for feed in self.feeds.values()]
            for listing in listings:
                log.log(*_line(pair, listing))
            if all(listing.reach is Reach.UNLISTED for listing in listings):
                hints = sorted({listing.suggestion for listing in listings if listing.suggestion})
                raise ConfigError(f"no venue lists {pair}{'; nearest: ' + ', '.join(hints) if hints else ''}")

    def stop(self) -> None:
        """Ends streams with a status, then threads: no subscriber is told that the venues went away."""
        self.server.stop(STOP_GRACE)
        self.roster.stop()
        self.publisher.stop(STOP_GRACE)
        self.roster.join(STOP_GRACE)


def _line(pair: Pair, listing: Listing) -> tuple[int, str]:
    where = f"{pair} on {listing.venue}"
    if listing.instrument is not None:
        instrument = listing.instrument
        return logging.INFO, (
            f"{where}: listed as {instrument.symbol}, tick {instrument.tick.normalize():f}, "
            f"lot {instrument.lot.normalize():f}, {instrument.status}"
        )
    if listing.reach is Reach.UNLISTED:
        hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
        return logging.WARNING, f"{where}: not listed{hint}"
    reason = listing.detail or "no answer yet"
    return logging.WARNING, f"{where}: not known, {reason}; trying again"


def main(argv: Sequence[str] | None = None, prog: str = "onebook serve") -> int:
    """Runs the server until a signal; the exit status is 0 after an orderly stop, 2 for what cannot work."""
    try:
        config = read(argv, prog)
        configure(config.log_level, config.log_json)
        sys.setswitchinterval(SWITCH_INTERVAL)
        raise_limit()
        app = App(config)
    except OnebookError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    stop = _stop_on_signals()
    try:
        app.start(stop)
    except OnebookError as error:
        app.stop()
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    if not stop.is_set():
        _say_serving(config, app.server.port)
        stop.wait()
    log.info("stopping")
    app.stop()
    return 0


def _say_serving(config: Config, port: int) -> None:
    book = "C" if IMPLEMENTATION == "c" else "slow Python (the extension was not built)"
    log.info("onebook serves %s on %s:%d, books in %s", _names(config), config.host, port, book)
    if config.tls is None and not config.loopback:
        log.warning("anybody who can reach %s can read the streams: no TLS was configured", config.host)
    if config.takes_commands and not config.loopback and (config.tls is None or config.tls.client_authority is None):
        log.warning("anybody who can reach %s can give commands: clients need no certificate", config.host)


def _names(config: Config) -> str:
    return ", ".join(map(str, config.pairs))


def _stop_on_signals() -> threading.Event:
    """The first SIGINT or SIGTERM asks for a stop; the second kills at once."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        stop.set()

    for number in STOP_SIGNALS:
        signal.signal(number, on_signal)
    return stop
