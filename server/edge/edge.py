"""The thread of an edge: records in, books and trades of the markets out, markets and venues that come and go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from functools import partial

from .. import clock
from ..analytics.engine import AnalyticsEngine
from ..config_readers import MAX_PAIRS
from ..errors import CommandError, ConfigError
from ..feed.feed_options import FeedOptions
from ..kafka.beginnings import BACK, Since
from ..kafka.contract import BOOK, REF, TRADE
from ..kafka.settings import KafkaSettings
from ..kafka.topic_reader import Raw, TopicReader
from ..logs import about
from ..market.market import Market
from ..model import Pair
from ..printable import printable
from ..publish.dispatcher import Dispatcher
from ..registry import MarketRegistry
from ..repeats import Repeats
from ..threads import Supervised
from ..units import SECOND
from ..venues import VENUES
from .candle_reader import CandleReader
from .counters import EdgeCounters
from .decoder import KINDS_READ, RecordError, decode, names_of
from .edge_feed import EdgeFeed
from .events import BookState, Event, MarketKnown, MarketRemoved, TradeSeen
from .interest_reader import InterestReader
from .known_markets import KnownMarkets
from .market_candles import market_candles

log = logging.getLogger(__name__)

POLL = 0.1
TICK = SECOND // 4
COMES_AND_GOES = SECOND
"""Between two looks at which markets and venues there are."""
DISCOVERY = 10.0
"""Seconds for which the start waits for the records of the markets."""


class Edge:
    """Reads the topics of one cluster. discover() is called before there are markets, attach() when there are."""

    def __init__(self, settings: KafkaSettings, pairs: Collection[Pair], venues: Collection[str], reach: float) -> None:
        """`pairs`: what is served; empty is all markets. `venues`: those that are shown; empty is all. `reach`: seconds
        before now from which on trades are read. Raises ConfigError: librdkafka does not take the settings."""
        self.counters = EdgeCounters()
        self.known = KnownMarkets()
        self.reader = TopicReader(settings, KINDS_READ, Since({BOOK.name: BACK, TRADE.name: reach}))
        self._pairs, self._venues = tuple(pairs), frozenset(venues)
        self._stop = threading.Event()
        self.thread = Supervised("edge", self._run, self._stop)
        self.candles = CandleReader(settings, self.counters, self._stop)
        self._repeats = Repeats()
        self._by_name: dict[str, Pair] = {}
        """The markets that are served, by name as it stands in keys."""
        self._changed_markets: set[str] = set()
        """Markets of which records of md.ref.v1 have come since the last look."""
        self._registry: MarketRegistry | None = None
        self._interest: InterestReader | None = None
        self._ticked = self._looked = 0

    # -- the start ---------------------------------------------------------------------------------------------------

    def discover(self, stop: Callable[[], bool] = lambda: False) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
        """The pairs and venues to begin with, from the topic of markets. Raises ConfigError where it has none."""
        deadline = clock.monotonic() + DISCOVERY
        while clock.monotonic() < deadline and not stop() and not self._complete():
            for raw in self.reader.read(POLL):
                self._take(raw)
        pairs = self._pairs or tuple(self._served())
        venues = self._wanted_venues(map(str, pairs))
        if not pairs or not venues:
            raise ConfigError(f"edge: {self._why_nothing()}", ("edge",))
        if len(pairs) > MAX_PAIRS:
            words = f"edge: the topics have {len(pairs)} markets, one process serves at most {MAX_PAIRS}: set pairs"
            raise ConfigError(words, ("edge",))
        return pairs, venues

    def _complete(self) -> bool:
        return self.reader.references_read and bool(self._wanted_venues(map(str, self._pairs or self._served())))

    def _why_nothing(self) -> str:
        if self.reader.trouble and not self.reader.references_read:
            return f"the brokers were not reached within {DISCOVERY:.0f} s: {self.reader.trouble}"
        if self._pairs and self.known.markets:
            return f"no ingester publishes {', '.join(map(str, self._pairs))}; there are {self._shown()}"
        return "the topic md.ref.v1 has no market yet: start an ingester first (onebook serve --ingest-only)"

    def _shown(self) -> str:
        names = self.known.markets
        return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")

    def feed(self, name: str, options: FeedOptions, markets: Mapping[Pair, Market], dispatcher: Dispatcher) -> EdgeFeed:
        """The feed of a venue."""
        return EdgeFeed(VENUES[name](), options, markets, dispatcher, self.known.listing, self.counters)

    def attach(self, registry: MarketRegistry, dispatcher: Dispatcher, analytics: AnalyticsEngine) -> None:
        """From now on records go to the feeds of this registry, and candles to the analytics of its markets."""
        self._registry = registry
        self.candles.attach(partial(market_candles, analytics))
        self._interest = InterestReader(registry, dispatcher)
        for name in self.known.markets:
            newest = self.known.newest(name)
            if newest is not None:
                self._interest.take(newest)
        self._follow()

    def start(self) -> None:
        """Starts the threads."""
        self.thread.start()
        self.candles.thread.start()

    def stop(self, timeout: float) -> None:
        """Ends the threads."""
        self._stop.set()
        self.candles.stop(timeout)
        if self.thread.is_alive():
            self.thread.join(timeout)
        if not self.thread.is_alive():
            self.reader.close()

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.is_set():
            for raw in self.reader.read(POLL):
                self._take(raw)
            self._pass_time(clock.monotonic_ns())

    def _pass_time(self, now: int) -> None:
        if now - self._ticked < TICK:
            return
        self._ticked = now
        for feed in self._feeds():
            feed.tick(now)
        if now - self._looked >= COMES_AND_GOES:
            self._looked = now
            self.counters.lag = self.reader.lag()
            self.known.expire(now)
            self._look_at_markets()

    def _take(self, raw: Raw) -> None:
        try:
            market, _ = names_of(raw.key)
            if raw.kind != REF.name and market not in self._by_name:
                return  # Another pair of the same partition.
            event = decode(raw.kind, raw.key, raw.value)
        except RecordError as error:
            self.counters.malformed[raw.kind] += 1
            if self._repeats.admit(raw.kind) is not None:
                log.warning("Kafka: a record is left out: %s", printable(str(error)), extra=about("edge_record"))
            return
        self.counters.read[raw.kind] += 1
        self._hand_on(event, clock.monotonic_ns())

    def _hand_on(self, event: Event, now: int) -> None:
        if isinstance(event, MarketKnown):
            self.known.know(event, now)
            self._changed_markets.add(event.market)
            if self._interest is not None:
                self._interest.take(event)
        elif isinstance(event, MarketRemoved):
            self.known.remove(event.market, now)
        else:
            self._hand_to_feed(event, now)

    def _hand_to_feed(self, event: BookState | TradeSeen, now: int) -> None:
        feed = self._registry.feeds.get(event.venue) if self._registry is not None else None
        if not isinstance(feed, EdgeFeed):
            return
        pair = self._by_name[event.market]
        if isinstance(event, BookState):
            self.known.heard(event.market)
            feed.book(pair, event, now)
        else:
            feed.trade(pair, event, now)

    def _feeds(self) -> list[EdgeFeed]:
        feeds = self._registry.feeds.values() if self._registry is not None else ()
        return [feed for feed in list(feeds) if isinstance(feed, EdgeFeed)]

    # -- markets and venues that come and go -------------------------------------------------------------------------

    def _look_at_markets(self) -> None:
        registry = self._registry
        if registry is None:
            return
        for name in self._wanted_venues(self._by_name):
            if name not in registry.feeds:
                self._try(lambda name=name: registry.add_venue(name))  # type: ignore[misc]
        for name in self._changed_markets & set(self._by_name):
            for feed in self._feeds():
                feed.relist(self._by_name[name])
        self._changed_markets.clear()
        if not self._pairs:
            served = set(self._served())
            for pair in served - set(registry.markets):
                self._try(lambda pair=pair: registry.add_market(pair))  # type: ignore[misc]
            for pair in set(registry.markets) - served - {registry.default.pair}:
                self._try(lambda pair=pair: registry.remove_market(pair))  # type: ignore[misc]
        self._remove_venues(registry)
        self._follow()

    def _remove_venues(self, registry: MarketRegistry) -> None:
        wanted = self._wanted_venues(self._by_name)
        for name in list(registry.feeds):
            if wanted and name not in wanted:
                self._try(lambda name=name: registry.remove_venue(name))  # type: ignore[misc]

    def _try(self, change: Callable[[], object]) -> None:
        """Makes a change of the registry. What cannot be done now is tried again with the next look."""
        try:
            change()
        except CommandError as error:
            if self._repeats.admit(str(error)) is not None:
                log.warning("the markets of the topics: %s", printable(str(error)), extra=about("edge_market"))

    def _follow(self) -> None:
        assert self._registry is not None
        markets = {market.name: market for market in list(self._registry.markets.values())}
        self._by_name = {name: market.pair for name, market in markets.items()}
        self.candles.follow(markets)
        self.reader.follow(frozenset(self._by_name))

    def _served(self) -> list[Pair]:
        """The markets of the topics that have a venue which is shown, the default market first."""
        return [pair_of(name) for name in self.known.markets if self._wanted_venues([name])]

    def _wanted_venues(self, markets: Collection[str] | map[str]) -> tuple[str, ...]:
        found = {venue for market in markets for venue in self.known.venues(market)}
        unknown = found - set(VENUES)
        if unknown and self._repeats.admit("venue") is not None:
            words = "venues of the topics that this version does not know are left out: %s"
            log.warning(words, printable(", ".join(sorted(unknown))), extra=about("edge_venue"))
        return tuple(name for name in VENUES if name in found and (not self._venues or name in self._venues))


def pair_of(name: str) -> Pair:
    """The pair of a market's name, spelled as there."""
    base, _, quote = name.partition("/")
    return Pair(base, quote)
