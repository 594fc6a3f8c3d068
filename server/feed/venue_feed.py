"""All that one venue does for us: finds its pairs, keeps its connections, and does what it is told while it runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from ..market.market import Market
from ..model import Listing, Pair, Reach, Trade, TradeGap, VenueState
from ..protocol.backoff import Backoff
from ..protocol.events import Interest
from ..protocol.history import OpenInterest
from ..protocol.venue import Venue
from .connection import Callbacks, Connection
from .discovery import discover
from .group import Group
from .history import History
from .hosts import Hosts
from .options import FeedOptions
from .peers import PeerCheck
from .plan import SocketPlan, plan_sockets
from .rest import RestClient
from .snapshots import SnapshotScheduler
from .trade_desk import TradeDesk
from .wiring import Wiring

log = logging.getLogger(__name__)

# How often a pair that the venue lists but does not trade is looked at again.
HALTED_RECHECK = 300.0


class VenueFeed:
    """One venue's runtime. Markets are those of this process; the venue serves the ones that it lists."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        on_trade: Callable[[Market, str, Trade, int], None],
        hosts: Hosts | None = None,
        on_gap: Callable[[Market, str, TradeGap, int], None] = lambda _market, _venue, _gap, _time: None,
        on_interest: Callable[[Market, str, OpenInterest], None] = lambda _market, _venue, _interest: None,
        on_hearing: Callable[[Market, str, bool, int], None] = lambda _market, _venue, _hears, _time: None,
    ) -> None:
        self.venue = venue
        self.options = options
        self.listings: dict[Pair, Listing] = {pair: Listing(venue.NAME, pair, Reach.UNKNOWN) for pair in markets}
        self._markets = dict(markets)
        self._on_interest = on_interest
        self.discovered = threading.Event()
        """Set when the venue has answered for the first time, or could not be reached."""
        self._go = threading.Event()
        self._stop = threading.Event()
        self._wake = threading.Event()
        hosts = hosts or Hosts()
        budget = hosts.budget(options.endpoint.rest, venue.LIMITS)
        self._rest = RestClient(options.endpoint.rest, venue.LIMITS, options.proxy, budget)
        self.past = History(venue, self._rest, self._stop)
        """What the venue tells of the past."""
        self._snapshots = SnapshotScheduler(venue.NAME, self._rest, self._stop, self._watched)
        self._lock = threading.Lock()
        self._groups: list[Group] = []
        self._paused: set[Pair] = set()
        self._desk = TradeDesk(venue, self._rest, self._snapshots, self._stop, on_trade, on_gap, on_hearing)
        pace = hosts.pace(options.endpoint.ws, venue.LIMITS)
        self._wiring = Wiring(venue, options, self._markets, self._desk, self._rest, pace, self._stop)
        self._peers = PeerCheck(venue.NAME)
        self._thread = threading.Thread(target=self._run, name=f"venue-{venue.NAME}", daemon=True)

    @property
    def connections(self) -> int:
        """Websockets open now."""
        with self._lock:
            return sum(connection.connected for group in self._groups for connection in group.connections)

    # -- life ----------------------------------------------------------------------------------------------------

    def discover(self) -> None:
        """Asks the venue for its pairs once and fills `listings`. Never raises: unreachable is an answer too."""
        wanted = [pair for pair, listing in list(self.listings.items()) if not _settled(listing)]
        for listing in discover(self.venue, self._rest, wanted, self._stop):
            if listing.pair in self.listings:
                self.listings[listing.pair] = listing
                self._report(listing)

    def start(self) -> None:
        """Starts the venue's threads: it asks for the pairs, and connects after go()."""
        self._snapshots.start()
        self._thread.start()

    def go(self) -> None:
        """Lets the venue connect."""
        self._go.set()

    def stop(self) -> None:
        """Asks all threads to end."""
        self._stop.set()
        self._go.set()
        self._wake.set()
        with self._lock:
            for group in self._groups:
                group.stop()

    def join(self, timeout: float) -> None:
        """Waits for the threads, all together at most about so many seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            connections = [connection for group in self._groups for connection in group.connections]
        for connection in connections:
            connection.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            self._thread.join(max(0.0, deadline - time.monotonic()))
        self._snapshots.close(0.1)

    # -- commands ------------------------------------------------------------------------------------------------

    def resync(self, pair: Pair) -> bool:
        """Builds the book of a pair anew; others on its socket go on. False if it is not kept."""
        with self._lock:
            group = self._group_with_book(pair)
            sync = group.sync(pair) if group is not None else None
        if group is None or sync is None:
            return False
        group.connection.session.rebuild(sync, "a new book was asked for", time.monotonic_ns())
        return True

    def reconnect(self, pair: Pair | None) -> int:
        """Opens new connections beside those of a pair, or of all; the old ones end when the new books are proved."""
        with self._lock:
            groups = [group for group in self._groups if pair is None or pair in group.pairs]
            for group in groups:
                group.renew("a new connection was asked for")
        return len(groups)

    def pause(self, pair: Pair | None) -> None:
        """Ends the streams of a pair, or of all."""
        for each in [pair] if pair is not None else list(self.listings):
            self._paused.add(each)
            self._drop(each)
            self._desk.paused(each)
            market = self._markets.get(each)
            if market is not None and not self._is_unlisted(each):
                market.report(self.venue.NAME, VenueState.HALTED, "paused by command")

    def resume(self, pair: Pair | None) -> None:
        """Begins them again."""
        self._paused -= {pair} if pair is not None else set(self._paused)
        self._wake.set()

    def add(self, market: Market) -> Listing:
        """Takes up one more market; the others go on. Returns what the venue says of it."""
        pair = market.pair
        self._markets[pair] = market
        self.listings[pair] = Listing(self.venue.NAME, pair, Reach.UNKNOWN)
        self.discover()
        self._wake.set()
        return self.listings[pair]

    def remove(self, pair: Pair) -> None:
        """Gives a market up; the others go on."""
        self._paused.discard(pair)
        self.listings.pop(pair, None)
        self._drop(pair)
        self._desk.forget(pair)
        self._markets.pop(pair, None)

    def _is_unlisted(self, pair: Pair) -> bool:
        listing = self.listings.get(pair)
        return listing is None or listing.reach is Reach.UNLISTED

    def _drop(self, pair: Pair) -> None:
        """Ends the streams of a pair; a socket that carries nothing any more is closed."""
        with self._lock:
            for group in self._groups:
                group.remove(pair)
                if not group.plan.members:
                    group.stop()
            self._groups = [group for group in self._groups if group.plan.members]

    def _group_with_book(self, pair: Pair) -> Group | None:
        return next((group for group in self._groups if group.sync(pair) is not None), None)

    # -- discovery -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Connects what is listed; asks again for what could not be answered."""
        self.discover()
        self.discovered.set()
        self._go.wait()
        pauses = Backoff(2.0, 120.0)
        while not self._stop.is_set():
            self._connect_listed()
            open_questions = [listing for listing in list(self.listings.values()) if not _settled(listing)]
            unreachable = any(listing.reach is not Reach.LISTED for listing in open_questions)
            pause = pauses.next() if unreachable else HALTED_RECHECK if open_questions else None
            woken = self._wake.wait(pause)
            self._wake.clear()
            if self._stop.is_set():
                return
            if not woken:
                self.discover()

    def _connect_listed(self) -> None:
        with self._lock:
            connected = {pair for group in self._groups for pair in group.pairs}
        wanted = [
            listing.instrument
            for listing in list(self.listings.values())
            if listing.instrument is not None
            and _settled(listing)
            and listing.pair not in connected
            and listing.pair not in self._paused
        ]
        wanted = [instrument for instrument in wanted if self._wiring.entry(instrument) is not None]
        if wanted:
            for plan in plan_sockets(self.venue, wanted, self.options.book, self.options.levels, self.options.checks):
                self._open_group(plan)

    def _report(self, listing: Listing) -> None:
        """What discovery found becomes the venue's visible state, and is said once."""
        market, name = self._markets.get(listing.pair), self.venue.NAME
        if market is None or listing.pair in self._paused:
            return
        if listing.reach is Reach.UNLISTED or (listing.instrument is not None and not listing.instrument.trading):
            self._desk.has_none(market)
        if listing.reach is Reach.UNLISTED:
            hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
            market.report(name, VenueState.UNSUPPORTED, f"{self.venue.TITLE} does not list {listing.pair}{hint}")
        elif listing.reach is Reach.UNREACHABLE:
            market.report(name, VenueState.DOWN, listing.detail)
        elif listing.instrument is not None and not listing.instrument.trading:
            market.report(name, VenueState.HALTED, f"{self.venue.TITLE} says {listing.instrument.status}")

    # -- connections ---------------------------------------------------------------------------------------------

    def _open_group(self, plan: SocketPlan) -> None:
        group = Group(self.venue.NAME, plan, self._connection)
        self._wiring.adopt(group.connection.session)
        with self._lock:
            if self._stop.is_set():
                return
            self._groups.append(group)
            group.connection.start()

    def _connection(self, plan: SocketPlan) -> Connection:
        return Connection(self._wiring.session(plan), self._wiring.open_socket, self._snapshots, self._callbacks())

    def _callbacks(self) -> Callbacks:
        return Callbacks(
            trade=self._desk.trade, renew=self._renew, tick=self._tick, listening=self._listening, lost=self._lost,
            missed=self._desk.missed, interest=self._interest,
        )  # fmt: skip

    def _watched(self, symbol: str) -> bool:
        """Whether somebody looks at the pair of this symbol."""
        pairs = [
            listing.pair
            for listing in list(self.listings.values())
            if listing.instrument is not None and listing.instrument.symbol == symbol
        ]
        markets = [self._markets.get(pair) for pair in pairs]
        return any(market is not None and market.watched for market in markets)

    # -- what connections say ------------------------------------------------------------------------------------

    def _renew(self, connection: Connection, reason: str) -> None:
        with self._lock:
            group = self._group_of(connection)
            if group is not None and not self._stop.is_set():
                group.renew(reason)

    def _tick(self, connection: Connection) -> None:
        with self._lock:
            group = self._group_of(connection)
            if group is None:
                return
            group.advance()
        now = time.monotonic()
        for sync in connection.session.syncs:
            market = self._markets.get(sync.plan.instrument.pair)
            if market is not None:
                self._peers.look(market, connection.session, sync, now)

    def _listening(self, connection: Connection) -> None:
        self._desk.listening(connection.session.trade_streams)

    def _lost(self, connection: Connection) -> None:
        with self._lock:
            group = self._group_of(connection)
            if group is None:
                return  # Another one has taken its place.
            other = group.successor if connection is group.connection else group.connection
            if other is not None and other.connected:
                return  # That one has brought what this one missed.
        self._desk.lost(connection.session.trade_streams)

    def _interest(self, event: Interest) -> None:
        for market, instrument in self._desk.of(event.stream):
            amount, in_quote = event.amount * instrument.contract, instrument.inverse
            self._on_interest(market, self.venue.NAME, OpenInterest(amount, event.exchange_time, in_quote))

    def _group_of(self, connection: Connection) -> Group | None:
        return next((group for group in self._groups if group.has(connection)), None)


def _settled(listing: Listing) -> bool:
    """Whether there is nothing left to ask the venue about this pair."""
    if listing.reach is Reach.LISTED:
        return listing.instrument is not None and listing.instrument.trading
    return listing.reach is Reach.UNLISTED
