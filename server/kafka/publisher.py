"""Every market of the server as records of Kafka: its streams begin and end with it."""

from __future__ import annotations

import logging
from functools import partial

from .. import clock
from ..logs import about
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..units import SECOND
from .client import Client
from .contract import KINDS
from .directory import Directory
from .pump import Pump
from .reference import Reference
from .routes import Routes
from .settings import KafkaSettings
from .source import KafkaSource
from .stream import KafkaStream, Route

log = logging.getLogger(__name__)

COMPACTED = {"cleanup.policy": "compact"}


class KafkaPublisher(MarketListener):
    """A listener of the dispatcher. Its own work is done on the thread of the pump."""

    def __init__(self, settings: KafkaSettings, server: KafkaSource) -> None:
        """Raises ConfigError: librdkafka does not take the settings."""
        self.settings = settings
        self._server = server
        self._routes = Routes(settings, server.services, server.intervals, server.history)
        calls = {name: call for service in server.services for name, call in service.unary.items()}
        self._open_interest = calls["GetOpenInterest"].answer
        self.pump = Pump(partial(Client, settings), Directory(wanted_topics(settings), settings.create))
        self._streams: dict[Market, list[tuple[str, KafkaStream]]] = {}
        """By market, with the venue or an empty name. Of the pump's thread."""
        self._references: dict[Market, Reference] = {}
        self._looked = 0

    def start(self) -> None:
        """Starts the threads."""
        self.pump.start()
        words = "records go to Kafka at %s"
        log.info(words, self.settings.bootstrap, extra=about("kafka_started"))

    def stop(self, grace: float) -> None:
        """Ends the streams; records that are under way have so many seconds."""
        self.pump.do(self._close_all)
        self.pump.stop(grace)

    # -- the dispatcher's thread -------------------------------------------------------------------------------------

    def market_added(self, market: Market) -> None:
        """Its streams begin."""
        self.pump.do(partial(self._begin, market))

    def market_removed(self, market: Market) -> None:
        """Its streams end; the record of the market is taken back."""
        self.pump.do(partial(self._end, market))

    def venue_added(self, market: Market, venue: str) -> None:
        """The venue's streams begin."""
        self.pump.do(partial(self._begin_venue, market, venue))

    def venue_removed(self, market: Market, venue: str) -> None:
        """The venue's streams end."""
        self.pump.do(partial(self._end_venue, market, venue))

    def tick(self) -> None:
        """Once per second the records of the markets are looked at."""
        now = clock.monotonic_ns()
        if now - self._looked >= SECOND:
            self._looked = now
            self.pump.do(self._look)

    # -- the pump's thread -------------------------------------------------------------------------------------------

    def _begin(self, market: Market) -> None:
        self._streams[market] = []
        server = self._server
        reference = Reference(market, market is server.default, server.feeds, self._open_interest, server.epoch)
        self._references[market] = reference
        reference.look()
        for route in self._routes.of_market(market, reference.channel):
            self._open(market, "", route)
        for venue in list(market.entries):
            self._begin_venue(market, venue)

    def _begin_venue(self, market: Market, venue: str) -> None:
        streams = self._streams.get(market)
        if streams is None or any(name == venue for name, _ in streams):
            return  # The market was removed meanwhile, or began with this venue.
        for route in self._routes.of_venue(market, venue):
            self._open(market, venue, route)

    def _open(self, market: Market, venue: str, route: Route) -> None:
        stream = KafkaStream(route, self.pump)
        self._streams[market].append((venue, stream))
        self.pump.open(stream)

    def _end(self, market: Market) -> None:
        reference = self._references.pop(market, None)
        for _, stream in self._streams.pop(market, []):
            if stream.route.kind is not KINDS["ref"]:
                stream.close()
        if reference is not None:
            reference.end()  # Its stream stays: the record is under way.

    def _end_venue(self, market: Market, venue: str) -> None:
        kept = []
        for name, stream in self._streams.get(market, []):
            if name == venue:
                stream.close()
            else:
                kept.append((name, stream))
        if market in self._streams:
            self._streams[market] = kept

    def _look(self) -> None:
        for reference in self._references.values():
            reference.look()

    def _close_all(self) -> None:
        for streams in self._streams.values():
            for _, stream in streams:
                stream.close()


def wanted_topics(settings: KafkaSettings) -> dict[str, dict[str, str]]:
    """The topics that records go to, with settings of their own."""
    kinds = [KINDS[name] for name in settings.topics]
    found = {settings.prefix + kind.topic: COMPACTED if kind.compacted else {} for kind in kinds}
    if settings.vwap is not None:
        found.update({settings.prefix + topic: {} for topic in settings.vwap.topics.values()})
    return {name: dict(config) for name, config in found.items()}
