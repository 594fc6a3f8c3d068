"""All that one venue does for us: finds its pairs, keeps its connections, and does what it is told while it runs."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Mapping
from functools import partial

from .. import threads
from ..backoff import Backoff
from ..connection.connection_thread import Callbacks, Connection
from ..connection.effects import CheckListing, TradesStatus
from ..connection.raw_tap import RawTaps
from ..connection.venue_log import VenueLog
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Listing, Pair, Reach, TradesState, VenueState
from ..network.hosts import Hosts
from ..network.rest_client import RestClient
from ..protocol.candle_source import OpenInterest
from ..protocol.events import Interest
from ..protocol.venue import Venue
from ..threads import Supervised
from .cross_venue_check import CrossVenueCheck
from .discovery import Discovery
from .failover_connection import FailoverConnection
from .feed_options import FeedOptions
from .given_up import GivenUp
from .history_client import HistoryClient
from .session_factory import SessionFactory
from .snapshots import SnapshotScheduler
from .socket_plan import SocketPlan, plan_sockets
from .trade_router import TradeRouter
from .trade_staleness import TradeStaleness

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
        listener: FeedListener,
        hosts: Hosts | None = None,
    ) -> None:
        self.venue = venue
        self.options = options
        self.listings: dict[Pair, Listing] = {pair: Listing(venue.NAME, pair, Reach.UNKNOWN) for pair in markets}
        self._markets = dict(markets)
        self._listener = listener
        self.taps = RawTaps()
        """Of all that comes and goes on the venue's websockets."""
        self.discovered = threading.Event()
        """Set when the venue has answered for the first time, or could not be reached."""
        self._go = threading.Event()
        self._stop = threading.Event()
        self._wake = threading.Event()
        hosts = hosts or Hosts()
        budget = hosts.budget(options.endpoint.rest, venue.LIMITS)
        self._rest = RestClient(options.endpoint.rest, venue.LIMITS, options.proxy, budget)
        self._discovery = Discovery(venue, self._rest, self._stop)
        self.past = HistoryClient(venue, self._rest, self._stop)
        """What the venue tells of the past."""
        self._snapshots = SnapshotScheduler(venue.NAME, self._rest, self._stop, self._watched)
        self._lock = threading.Lock()
        self._failovers: list[FailoverConnection] = []
        self._paused: set[Pair] = set()
        self._router = TradeRouter(venue, self._rest, self._snapshots, self._stop, listener)
        pace = hosts.pace(options.endpoint.ws, venue.LIMITS)
        self._factory = SessionFactory(venue, options, self._markets, self._router, self._rest, pace, self._stop)
        self._cross_check = CrossVenueCheck(venue.NAME)
        self._staleness = TradeStaleness(venue.NAME)
        self._doubtful: dict[Pair, CheckListing] = {}
        """Pairs of which the venue gives no book: it is to be asked whether it still trades them."""
        self._given_up = GivenUp()
        self.thread = Supervised(f"venue-{venue.NAME}", self._run, self._stop, self._troubled)

    @property
    def connections(self) -> int:
        """Websockets open now."""
        with self._lock:
            return sum(connection.connected for failover in self._failovers for connection in failover.connections)

    # -- life ----------------------------------------------------------------------------------------------------

    def discover(self) -> None:
        """Asks the venue for its pairs once and fills `listings`. Never raises: unreachable is an answer too."""
        wanted = [pair for pair, listing in list(self.listings.items()) if not _settled(listing)]
        for listing in self._discovery.listings(wanted):
            if listing.pair in self.listings:
                self.listings[listing.pair] = listing
                self._report(listing)

    def start(self) -> None:
        """Starts the venue's threads: it asks for the pairs, and connects after go()."""
        self._snapshots.start()
        self.thread.start()

    def go(self) -> None:
        """Lets the venue connect."""
        self._go.set()

    def stop(self) -> None:
        """Asks all threads to end."""
        self._stop.set()
        self._go.set()
        self._wake.set()
        with self._lock:
            for failover in self._failovers:
                failover.stop()

    def join(self, timeout: float) -> None:
        """Waits for the threads, all together at most about so many seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            connections = [connection for failover in self._failovers for connection in failover.connections]
        for connection in connections:
            connection.join(max(0.0, deadline - time.monotonic()))
        if self.thread.is_alive():
            self.thread.join(max(0.0, deadline - time.monotonic()))
        self._snapshots.close(0.1)

    # -- commands ------------------------------------------------------------------------------------------------

    def resync(self, pair: Pair) -> bool:
        """Builds the book of a pair anew; others on its socket go on. False if it is not kept."""
        with self._lock:
            failover = self._with_book(pair)
            sync = failover.sync(pair) if failover is not None else None
        if failover is None or sync is None:
            return False
        failover.connection.session.resync(sync, "a new book was asked for", time.monotonic_ns())
        return True

    def reconnect(self, pair: Pair | None) -> int:
        """Opens new connections beside those of a pair, or of all; the old ones end when the new books are proved."""
        with self._lock:
            failovers = [failover for failover in self._failovers if pair is None or pair in failover.pairs]
            for failover in failovers:
                failover.reconnect("a new connection was asked for")
        return len(failovers)

    def pause(self, pair: Pair | None) -> None:
        """Ends the streams of a pair, or of all."""
        for each in [pair] if pair is not None else list(self.listings):
            self._paused.add(each)
            self._drop(each)
            self._router.pause_market(each)
            market = self._markets.get(each)
            if market is not None and not self._is_unlisted(each):
                market.report(self.venue.NAME, VenueState.HALTED, "paused by command")

    def resume(self, pair: Pair | None) -> None:
        """Begins them again. What holds until their books are proved is told at once: they are not paused any more."""
        resumed = [each for each in list(self._paused) if pair is None or each == pair]
        for each in resumed:
            self._told_resumed(each)
        self._paused -= set(resumed)
        for each in resumed:
            if each in self.listings:
                self._report(self.listings[each])
        self._given_up.forget(pair)
        self._wake.set()

    def _told_resumed(self, pair: Pair) -> None:
        """Before the venue's thread may open a connection, which tells more."""
        market = self._markets.get(pair)
        if market is not None and not self._is_unlisted(pair):
            market.report(self.venue.NAME, VenueState.CONNECTING, "resumed by command, its book is being built")

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
        self._given_up.forget(pair)
        self.listings.pop(pair, None)
        self._drop(pair)
        self._router.remove_market(pair)
        self._markets.pop(pair, None)

    def _is_unlisted(self, pair: Pair) -> bool:
        listing = self.listings.get(pair)
        return listing is None or listing.reach is Reach.UNLISTED

    def _drop(self, pair: Pair) -> None:
        """Ends the streams of a pair; a socket that carries nothing any more is closed."""
        with self._lock:
            for failover in self._failovers:
                failover.remove(pair)
                if not failover.plan.members:
                    failover.stop()
            self._failovers = [failover for failover in self._failovers if failover.plan.members]

    def _with_book(self, pair: Pair) -> FailoverConnection | None:
        return next((failover for failover in self._failovers if failover.sync(pair) is not None), None)

    # -- discovery -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Connects what is listed; asks again for what could not be answered."""
        self.discover()
        self.discovered.set()
        self._go.wait()
        pauses = Backoff(2.0, 120.0)
        while not self._stop.is_set():
            self._check_listings()
            self._try_again()
            self._connect_listed()
            open_questions = [listing for listing in list(self.listings.values()) if not _settled(listing)]
            unreachable = any(listing.reach is not Reach.LISTED for listing in open_questions)
            pause = pauses.next() if unreachable else HALTED_RECHECK if open_questions else math.inf
            pause = min(pause, self._given_up.wait)
            woken = threads.pause(self._wake, pause)
            self._wake.clear()
            if self._stop.is_set():
                return
            if not woken:
                self.discover()

    def _troubled(self, words: str) -> None:
        """The thread failed and goes on: pairs that have no connection yet wait for it."""
        with self._lock:
            connected = {pair for failover in self._failovers for pair in failover.pairs}
        for pair, market in list(self._markets.items()):
            if pair not in connected and pair not in self._paused and not self._is_unlisted(pair):
                market.report(self.venue.NAME, VenueState.DOWN, words)

    def _connect_listed(self) -> None:
        with self._lock:
            connected = {pair for failover in self._failovers for pair in failover.pairs}
        wanted = [
            listing.instrument
            for listing in list(self.listings.values())
            if listing.instrument is not None
            and _settled(listing)
            and listing.pair not in connected
            and listing.pair not in self._paused
            and listing.pair not in self._given_up
        ]
        wanted = [instrument for instrument in wanted if self._factory.entry(instrument) is not None]
        # Many streams take several requests: what somebody looks at is asked for, and pays for its snapshot, first.
        wanted.sort(key=lambda instrument: not self._watched(instrument.symbol))
        if wanted:
            for plan in plan_sockets(self.venue, wanted, self.options.book, self.options.levels, self.options.checks):
                self._open(plan)

    # -- pairs that the venue does not give ----------------------------------------------------------------------

    def _check_listing(self, _connection: Connection, check: CheckListing) -> None:
        """The venue gives no book of a pair: its list is asked, on the venue's own thread."""
        self._doubtful[check.instrument.pair] = check
        self._wake.set()

    def _check_listings(self) -> None:
        doubtful, self._doubtful = self._doubtful, {}
        wanted = [pair for pair in doubtful if pair in self.listings and pair not in self._paused]
        for listing in self._discovery.listings(wanted) if wanted else ():
            before, check = self.listings.get(listing.pair), doubtful[listing.pair]
            if before is None or listing.reach is Reach.UNREACHABLE:
                continue  # The book asks for a judgement again.
            listed = _settled(listing) and listing.instrument is not None
            if listed and listing.instrument == check.instrument and not check.hopeless:
                continue  # The list still has it: its subscription is repeated for a while.
            self.listings[listing.pair] = listing
            self._drop(listing.pair)
            self._router.pause_market(listing.pair)
            if not listed or listing.instrument == check.instrument:
                self._give_up(listing, check.reason)
            # Else the venue has changed the pair: it is begun anew.

    def _give_up(self, listing: Listing, reason: str) -> None:
        """One pair ends, the others of its socket go on; it is tried again after a while."""
        pause = self._given_up.add(listing.pair)
        market = self._markets.get(listing.pair)
        self._report(listing)
        if market is not None and listing.instrument is not None and listing.instrument.trading:
            detail = f"{self.venue.TITLE} lists {listing.pair} and does not give it: {reason}"
            market.report(self.venue.NAME, VenueState.HALTED, detail)
        words = f"{listing.pair} is given up for {pause:.0f} s: {reason}"
        VenueLog(log, self.venue).warning(words, f"{listing.pair}", "given_up", listing.pair)

    def _try_again(self) -> None:
        """Pairs that were given up are asked for again: the list first."""
        due = self._given_up.take_due()
        for listing in self._discovery.listings(due) if due else ():
            if listing.pair not in self.listings:
                continue
            if listing.reach is not Reach.UNREACHABLE:
                self.listings[listing.pair] = listing
                self._report(listing)
            if not _settled(listing) or listing.instrument is None:
                self._given_up.add(listing.pair)

    def _report(self, listing: Listing) -> None:
        """What discovery found becomes the venue's visible state, and is said once."""
        market, name = self._markets.get(listing.pair), self.venue.NAME
        if market is None or listing.pair in self._paused:
            return
        if listing.reach is Reach.UNLISTED or (listing.instrument is not None and not listing.instrument.trading):
            self._router.mark_untraded(market)
        if listing.reach is Reach.UNLISTED:
            hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
            market.report(name, VenueState.UNSUPPORTED, f"{self.venue.TITLE} does not list {listing.pair}{hint}")
        elif listing.reach is Reach.UNREACHABLE:
            market.report(name, VenueState.DOWN, listing.detail)
        elif listing.instrument is not None and not listing.instrument.trading:
            market.report(name, VenueState.HALTED, f"{self.venue.TITLE} says {listing.instrument.status}")

    # -- connections ---------------------------------------------------------------------------------------------

    def _open(self, plan: SocketPlan) -> None:
        failover = FailoverConnection(self.venue.NAME, plan, self._connection)
        self._factory.adopt(failover.connection.session)
        with self._lock:
            if self._stop.is_set():
                return
            self._failovers.append(failover)
            failover.connection.start()
        # A market that was removed meanwhile, and perhaps added anew, is not the one that these books are of.
        locks = {sync.plan.instrument.pair: sync.entry.lock for sync in failover.connection.session.syncs}
        for pair in failover.pairs:
            market = self._markets.get(pair)
            if pair not in self.listings or market is None or locks.get(pair, market.lock) is not market.lock:
                self._drop(pair)
                self._wake.set()

    def _connection(self, plan: SocketPlan) -> Connection:
        return Connection(
            self._factory.session(plan), self._factory.open_socket, self._snapshots, self._callbacks(), self.taps
        )

    def _callbacks(self) -> Callbacks:
        return Callbacks(
            trade=self._router.trade, reconnect=self._reconnect, tick=self._tick, trades=self._trades, lost=self._lost,
            check_listing=self._check_listing, missed=self._router.trade_missed, interest=self._interest,
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

    def _reconnect(self, connection: Connection, reason: str) -> None:
        with self._lock:
            failover = self._failover_of(connection)
            if failover is not None and not self._stop.is_set():
                failover.reconnect(reason)

    def _tick(self, connection: Connection) -> None:
        with self._lock:
            failover = self._failover_of(connection)
            if failover is None:
                return
            streams = connection.session.trade_streams
            states = {stream: failover.trades_state(stream) for stream in streams} if failover.advance() else {}
        for stream, state in states.items():
            self._router.set_state(stream, state)
        now = time.monotonic()
        self._find_mute(connection, now)
        for sync in connection.session.syncs:
            market = self._markets.get(sync.plan.instrument.pair)
            if market is not None:
                self._cross_check.look(market, connection.session, sync, now)

    def _find_mute(self, connection: Connection, now: float) -> None:
        """Trade streams that were accepted and say nothing while others go on are ended, and asked for again."""
        owners = {stream: self._router.owners(stream) for stream in connection.session.trade_streams}
        markets = [market for known in owners.values() for market, _ in known]
        for stream, known in owners.items():
            end = partial(connection.session.trades_mute, stream, int(now * 1e9))
            if any(self._staleness.is_mute(market, markets, now) for market, _ in known):
                connection.ask(end)
            elif self._router.is_silent(stream, now):
                self._router.probe(stream, partial(connection.ask, end))

    def _trades(self, connection: Connection, status: TradesStatus) -> None:
        with self._lock:
            failover = self._failover_of(connection)
            if failover is None:
                return  # Another one has taken its place.
            state = failover.trades_state(status.stream)
        self._router.set_state(status.stream, state, status.reason)

    def _lost(self, connection: Connection) -> None:
        with self._lock:
            failover = self._failover_of(connection)
            if failover is None:
                return  # Another one has taken its place.
            streams = connection.session.trade_streams
            lost = [stream for stream in streams if failover.trades_state(stream) is not TradesState.RECEIVED]
        for stream in lost:  # A successor has brought what this one missed of the others.
            self._router.interrupt(stream)

    def _interest(self, event: Interest) -> None:
        for market, instrument in self._router.owners(event.stream):
            amount, in_quote = event.amount * instrument.contract, instrument.inverse
            self._listener.open_interest(
                market, self.venue.NAME, OpenInterest(amount, event.exchange_time, in_quote), 0
            )

    def _failover_of(self, connection: Connection) -> FailoverConnection | None:
        return next((failover for failover in self._failovers if failover.has(connection)), None)


def _settled(listing: Listing) -> bool:
    """Whether there is nothing left to ask the venue about this pair."""
    if listing.reach is Reach.LISTED:
        return listing.instrument is not None and listing.instrument.trading
    return listing.reach is Reach.UNLISTED
