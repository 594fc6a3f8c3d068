"""The markets and venues of this process, and their additions and removals while it runs.

Readers (requests, the dispatcher, lists) take the present `markets` and `feeds`. Only one change is made at a time; all
other markets and venues continue untouched.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, Protocol

from .connection.received import Received
from .errors import CommandError, DuplicateError, LimitError, OnebookError, UnknownNameError
from .feed.feed_options import FeedOptions
from .logs import about
from .market.market import Market
from .model import Listing, Pair, Reach, by_spelling
from .publish.dispatcher import Dispatcher
from .suggestions import did_you_mean, nearest, suggest
from .threads import Supervised

log = logging.getLogger(__name__)

# How long a command waits for what the venues say; they are asked on after that.
ANSWER_WAIT = 8.0
JOIN_WAIT = 2.0
_BUSY_RETRY = 1.0


class VenueTitle(Protocol):
    """What a venue is called."""

    NAME: ClassVar[str]
    TITLE: ClassVar[str]


class Feed(Protocol):
    """The methods of a venue's runtime that the registry uses; see feed.venue_feed.VenueFeed."""

    @property
    def venue(self) -> VenueTitle: ...
    @property
    def options(self) -> FeedOptions: ...
    @property
    def listings(self) -> Mapping[Pair, Listing]: ...
    @property
    def discovered(self) -> threading.Event: ...
    @property
    def connections(self) -> int: ...
    @property
    def received(self) -> Received: ...
    @property
    def threads(self) -> Sequence[Supervised]: ...
    def start(self) -> None: ...
    def go(self) -> None: ...
    def stop(self) -> None: ...
    def join(self, timeout: float) -> None: ...
    def resync(self, pair: Pair) -> bool: ...
    def reconnect(self, pair: Pair | None) -> int: ...
    def pause(self, pair: Pair | None) -> None: ...
    def resume(self, pair: Pair | None) -> None: ...
    def add(self, market: Market) -> Listing: ...
    def remove(self, pair: Pair) -> None: ...


FeedMaker = Callable[[str, Mapping[Pair, Market]], Feed]


class MarketRegistry:
    """All markets and feeds. The first market is the default, and stays."""

    def __init__(
        self,
        pairs: Iterable[Pair],
        venues: Iterable[str],
        make_feed: FeedMaker,
        dispatcher: Dispatcher,
        known_venues: Sequence[str],
        max_markets: int,
        changed: Callable[..., None] = lambda _name, **_details: None,
    ) -> None:
        """`changed` is told of each change: its name, and what it names."""
        names = tuple(venues)
        self.markets: dict[Pair, Market] = {pair: Market(pair, names, dispatcher.book_changed) for pair in pairs}
        """By pair. Iterate over copies: it changes."""
        for market in self.markets.values():
            dispatcher.add_market(market)
        self.feeds: dict[str, Feed] = {name: make_feed(name, dict(self.markets)) for name in names}
        """By venue. Iterate over copies: it changes."""
        self.default = next(iter(self.markets.values()))
        self._make_feed = make_feed
        self._changed = changed
        self._dispatcher = dispatcher
        self._known_venues = tuple(known_venues)
        self._max_markets = max_markets
        self._changing = threading.Lock()
        """Held by the one change in progress."""
        self._lock = threading.Lock()
        """Guards the next two."""
        self._asking: set[tuple[Feed, Pair]] = set()
        """Feeds that have not answered yet about a market that was added."""
        self._retired: set[Market] = set()
        """Removed markets about which a feed is still being asked."""

    # -- looking up ----------------------------------------------------------------------------------------------

    def market(self, pair: Pair) -> Market:
        """The market of this pair. Raises UnknownNameError."""
        market = by_spelling(self.markets, pair)
        if market is None:
            near = suggest(pair, list(self.markets))
            raise _unknown("market", str(pair), f"this server has no market {str(pair)!r}", [near] if near else [])
        return market

    def feed(self, name: str) -> Feed:
        """The feed of this venue. Raises UnknownNameError."""
        feed = self.feeds.get(name)
        if feed is None:
            raise _unknown("venue", name, f"this server reads no venue {name[:40]!r}", list(self.feeds))
        return feed

    # -- markets -------------------------------------------------------------------------------------------------

    def add_market(self, pair: Pair) -> Market:
        """Asks all venues for another market, and adds it if any venue may have it. Raises CommandError."""
        with self._change():
            self._check_new(pair)
            market = Market(pair, tuple(self.feeds), self._dispatcher.book_changed)
            listings = self._ask(market)
            if all(listing.reach is Reach.UNLISTED for listing in listings):
                self._retire(market)
                raise _unlisted(pair, listings)
            self.markets[pair] = market
            self._dispatcher.add_market(market)
            self._changed("market_added", pair=str(pair))
            log.info("%s was added by command", pair, extra=about("market_added", pair))
            return market

    def _check_new(self, pair: Pair) -> None:
        known = by_spelling(self.markets, pair)
        if known is not None:
            raise DuplicateError(f"{known.name} is served already")
        if len(self.markets) >= self._max_markets:
            raise LimitError(f"one process serves at most {self._max_markets} pairs", "markets", 60.0)
        with self._lock:
            waiting = sorted(feed.venue.NAME for feed, asked in self._asking if asked == pair)
        if waiting:
            raise LimitError(f"{', '.join(waiting)} has not answered yet about the {pair} before", "changes", 5.0)

    def _ask(self, market: Market) -> list[Listing]:
        """Every venue's listing, each asked in a thread of its own; venues that answer late are not known yet."""
        answers: queue.SimpleQueue[Listing] = queue.SimpleQueue()
        listings = {name: Listing(name, market.pair, Reach.UNKNOWN) for name in self.feeds}
        for name, feed in self.feeds.items():
            with self._lock:
                self._asking.add((feed, market.pair))
            threading.Thread(
                target=lambda name=name, feed=feed: answers.put(self._ask_one(name, feed, market)),
                name=f"add-{name}",
                daemon=True,
            ).start()
        deadline = time.monotonic() + ANSWER_WAIT
        for _ in list(listings):
            try:
                answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            listings[answer.venue] = answer
        return list(listings.values())

    def _ask_one(self, name: str, feed: Feed, market: Market) -> Listing:
        try:
            listing = feed.add(market)
        except OnebookError as error:
            listing = Listing(name, market.pair, Reach.UNLISTED, detail=str(error))
        except Exception:
            # A defect in one venue's code must not cost the others the market.
            log.exception("%s: %s could not be added", name, market.name, extra=about("defect", market.name, name))
            listing = Listing(name, market.pair, Reach.UNLISTED, detail="internal error, see the log")
        with self._lock:
            self._asking.discard((feed, market.pair))
            gone = market in self._retired
            if gone and not any(pair == market.pair for _, pair in self._asking):
                self._retired.discard(market)
        if gone:
            feed.remove(market.pair)
        log.info("%s on %s: %s", market.name, name, _words(listing), extra=about("listing", market.name, name))
        return listing

    def remove_market(self, pair: Pair) -> int:
        """Ends the streams of a market and forgets it; returns how many streams. Raises CommandError."""
        with self._change():
            market = self.market(pair)
            if market is self.default:
                raise CommandError(
                    f"{pair} is the default market, which requests without a market rely on; it stays until a restart"
                )
            self._changed("market_removed", pair=str(market.pair))
            del self.markets[market.pair]
            ended = self._dispatcher.remove_market(market)
            self._retire(market)
            extra = about("market_removed", market.name)
            log.info("%s was removed by command; %d streams ended", market.name, ended, extra=extra)
            return ended

    def _retire(self, market: Market) -> None:
        """Removes a market from the feeds; a feed that is still being asked about it removes it after its answer."""
        with self._lock:
            asking = {feed for feed, pair in self._asking if pair == market.pair}
            if asking:
                self._retired.add(market)
        for feed in list(self.feeds.values()):
            if feed not in asking:
                feed.remove(market.pair)

    # -- venues --------------------------------------------------------------------------------------------------

    def add_venue(self, name: str) -> Feed:
        """Reads another venue; returns when the venue has sent its list, or is slow. Raises OnebookError."""
        with self._change():
            if name in self.feeds:
                raise DuplicateError(f"{name} is read already")
            if name not in self._known_venues:
                others = [each for each in self._known_venues if each not in self.feeds]
                raise _unknown("venue", name, f"onebook knows no venue {name[:40]!r}", others)
            feed = self._make_feed(name, dict(self.markets))
            for market in self.markets.values():
                market.add_venue(name)
                self._dispatcher.add_venue(market, name)
            self.feeds[name] = feed
            self._changed("venue_added", venue=name)
            feed.start()
            feed.go()
            feed.discovered.wait(ANSWER_WAIT)
            log.info("%s was added by command", name, extra=about("venue_added", venue=name))
            return feed

    def remove_venue(self, name: str) -> int:
        """Reads a venue no longer; returns how many streams ended because of it. Raises CommandError."""
        with self._change():
            feed = self.feed(name)
            if len(self.feeds) == 1:
                raise CommandError(f"{name} is the only venue; without it there would be nothing to serve")
            self._changed("venue_removed", venue=name)
            del self.feeds[name]
            feed.stop()
            ended = 0
            for market in self.markets.values():
                market.remove_venue(name)
                ended += self._dispatcher.remove_venue(market, name)
            feed.join(JOIN_WAIT)
            extra = about("venue_removed", venue=name)
            log.info("%s was removed by command; %d streams ended", name, ended, extra=extra)
            return ended

    def stop(self) -> None:
        """Asks all feeds to end. The port is closed by now; a change that still waits for a venue ends with us."""
        for feed in list(self.feeds.values()):
            feed.stop()

    def join(self, timeout: float) -> None:
        """Waits for the feeds, for all of them together at most about this number of seconds."""
        deadline = time.monotonic() + timeout
        for feed in list(self.feeds.values()):
            feed.join(max(0.1, deadline - time.monotonic()))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Allows one change at a time. Waiting for another change would hold a thread of the server."""
        if not self._changing.acquire(blocking=False):
            raise LimitError("another market or venue is being added or removed", "changes", _BUSY_RETRY)
        try:
            yield
        finally:
            self._changing.release()


def _unknown(kind: str, name: str, message: str, known: Sequence[str]) -> UnknownNameError:
    return UnknownNameError(message + did_you_mean(name, known), kind, name[:40], nearest(name, known))


def _unlisted(pair: Pair, listings: Iterable[Listing]) -> UnknownNameError:
    said = [listing for listing in listings if listing.suggestion or listing.detail]
    hints = sorted({listing.suggestion for listing in said if listing.suggestion})
    reasons = "".join(f"; {listing.venue}: {listing.detail}" for listing in said if listing.detail)
    nearest = f"; nearest: {', '.join(hints)}" if hints else ""
    return UnknownNameError(f"no venue lists {pair}{nearest}{reasons}", "market", str(pair), hints[0] if hints else "")


def _words(listing: Listing) -> str:
    if listing.instrument is not None:
        return f"listed as {listing.instrument.symbol}"
    hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
    return f"{listing.detail or listing.reach.value}{hint}"
