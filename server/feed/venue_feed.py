"""One venue at run time: finds its pairs, keeps its connections, and takes commands."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence

from .. import threads
from ..backoff import Backoff
from ..connection.connection_thread import Connection
from ..connection.effects import CheckListing
from ..connection.received import Received
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Listing, Pair, Reach, Trade
from ..network.hosts import Hosts
from ..network.rest_client import RestClient
from ..protocol.venue import Venue
from ..threads import Supervised
from .connection_events import ConnectionEvents
from .discovery import Discovery
from .failover_connection import FailoverConnection
from .feed_options import FeedOptions
from .feed_taps import FeedTaps
from .history_client import HistoryClient
from .pair_listings import PairListings
from .received_total import ReceivedTotal
from .session_factory import SessionFactory
from .snapshots import SnapshotScheduler
from .socket_plan import SocketPlan, plan_sockets
from .trade_router import TradeRouter
from .venue_connections import VenueConnections

# How often a pair that the venue lists but does not trade is looked at again.
HALTED_RECHECK = 300.0


class VenueFeed:
    """One venue at run time. Markets are those of this process; the venue serves the markets that it lists."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        listener: FeedListener,
        hosts: Hosts | None = None,
        taps: FeedTaps | None = None,
    ) -> None:
        """`taps`: a recorder, which is told of all messages, answers and commands."""
        self.venue = venue
        self.options = options
        self._taps = taps
        self.discovered = threading.Event()
        """Set when the venue has answered for the first time, or could not be reached."""
        self._markets = dict(markets)
        self._go = threading.Event()
        self._stop = threading.Event()
        self._wake = threading.Event()
        hosts = hosts or Hosts()
        budget = hosts.budget(options.endpoint.rest, venue.LIMITS)
        self._rest = RestClient(
            options.endpoint.rest, venue.LIMITS, options.proxy, budget, None if taps is None else taps.rest()
        )
        self.past = HistoryClient(venue, self._rest, self._stop)
        """The venue's past data."""
        self._snapshots = SnapshotScheduler(venue.NAME, self._rest, self._stop, self._watched)
        self._router = TradeRouter(venue, self._rest, self._snapshots, self._stop, listener)
        pace = hosts.pace(options.endpoint.ws, venue.LIMITS)
        self._factory = SessionFactory(venue, options, self._markets, self._router, self._rest, pace, self._stop)
        self.venue_connections = VenueConnections()
        """The venue's connections, each with its successor."""
        self._received = ReceivedTotal()
        discovery = Discovery(venue, self._rest, self._stop)
        self._pairs = PairListings(venue, self._markets, discovery, self._router, self.venue_connections.remove)
        self.connection_events = ConnectionEvents(
            venue.NAME, self._markets, self.venue_connections, self._router, listener, self._doubt
        )  # fmt: skip
        """What the connections report, and where it goes."""
        self.thread = Supervised(f"venue-{venue.NAME}", self._run, self._stop, self._troubled)

    @property
    def connections(self) -> int:
        """Websockets open now."""
        return self.venue_connections.open

    @property
    def received(self) -> Received:
        """What came over the websockets of the venue so far."""
        return self._received.total()

    @property
    def threads(self) -> list[Supervised]:
        """The threads that read the venue now."""
        return [self.thread, *self._snapshots.threads, *self.venue_connections.threads]

    @property
    def listings(self) -> dict[Pair, Listing]:
        """The venue's listing of each pair."""
        return self._pairs.all

    # -- life ----------------------------------------------------------------------------------------------------

    def discover(self) -> None:
        """Asks the venue for its pairs once and fills `listings`. Never raises: unreachable is an answer too."""
        self._pairs.discover()

    def resume_trades(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """The last trades of a pair before the server was restarted, oldest first: trades that are missing since then
        are asked for, or reported as a gap. Before start()."""
        self._router.resume(pair, trades)

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
        self.venue_connections.stop()

    def join(self, timeout: float) -> None:
        """Waits for the threads, for all of them together at most about this number of seconds."""
        deadline = time.monotonic() + timeout
        self.venue_connections.join(deadline)
        if self.thread.is_alive():
            self.thread.join(max(0.0, deadline - time.monotonic()))
        self._snapshots.close(0.1)

    # -- commands ------------------------------------------------------------------------------------------------

    def resync(self, pair: Pair) -> bool:
        """Builds the book of a pair anew; other books on its socket continue. False if there is no such book."""
        found = self.venue_connections.book(pair)
        if found is None:
            return False
        connection, sync = found
        self._record_command("resync", pair)
        connection.session.resync(sync, "a new book was asked for", time.monotonic_ns())
        return True

    def reconnect(self, pair: Pair | None) -> int:
        """Opens new connections beside those of a pair, or of all pairs; the old connections end when the new books are
        proved."""
        self._record_command("reconnect", pair)
        return self.venue_connections.replace(pair, "a new connection was asked for")

    def pause(self, pair: Pair | None) -> None:
        """Ends the streams of a pair, or of all."""
        self._record_command("pause", pair)
        self._pairs.pause(pair)

    def resume(self, pair: Pair | None) -> None:
        """Begins them again."""
        self._record_command("resume", pair)
        self._pairs.resume(pair)
        self._wake.set()

    def add(self, market: Market) -> Listing:
        """Adds a market; other markets continue. Returns the venue's listing of it."""
        self._record_command("add", market.pair)
        self._markets[market.pair] = market
        listing = self._pairs.add(market.pair)
        self._wake.set()
        return listing

    def remove(self, pair: Pair) -> None:
        """Removes a market; other markets continue."""
        self._record_command("remove", pair)
        self._pairs.remove(pair)
        self.venue_connections.remove(pair)
        self._router.remove_market(pair)
        self._markets.pop(pair, None)

    def _record_command(self, name: str, pair: Pair | None) -> None:
        if self._taps is not None:
            self._taps.command(name, pair)

    # -- the venue's thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Connects the listed pairs; asks again about pairs without an answer."""
        self.discover()
        self.discovered.set()
        self._go.wait()
        pauses = Backoff(2.0, 120.0)
        while not self._stop.is_set():
            self._pairs.check_doubtful()
            self._pairs.try_again()
            self._connect_listed()
            open_questions = self._pairs.unsettled()
            unreachable = any(listing.reach is not Reach.LISTED for listing in open_questions)
            pause = pauses.next() if unreachable else HALTED_RECHECK if open_questions else math.inf
            woken = threads.pause(self._wake, min(pause, self._pairs.given_up.wait))
            self._wake.clear()
            if self._stop.is_set():
                return
            if not woken:
                self.discover()

    def _troubled(self, words: str) -> None:
        """The thread failed and continues: pairs without a connection are tried again."""
        self._pairs.report_trouble(words, self.venue_connections.pairs)

    def _doubt(self, check: CheckListing) -> None:
        """The venue gives no book of a pair: its list is asked, on the venue's own thread."""
        self._pairs.doubt(check)
        self._wake.set()

    # -- connections ---------------------------------------------------------------------------------------------

    def _connect_listed(self) -> None:
        connected = self.venue_connections.pairs
        wanted = [each for each in self._pairs.listed() if each.pair not in connected]
        wanted = [instrument for instrument in wanted if self._factory.entry(instrument) is not None]
        # Many streams take several requests: pairs with subscribers are asked for, and pay for their snapshots, first.
        wanted.sort(key=lambda instrument: not self._watched(instrument.symbol))
        if wanted:
            for plan in plan_sockets(self.venue, wanted, self.options.book, self.options.levels, self.options.checks):
                self._open(plan)

    def _open(self, plan: SocketPlan) -> None:
        failover = FailoverConnection(self.venue.NAME, plan, self._connection)
        self._factory.adopt(failover.connection.session)
        if not self.venue_connections.start(failover):
            return
        # A market that was removed meanwhile, and perhaps added anew, is not the one that these books are of.
        locks = {sync.plan.instrument.pair: sync.entry.lock for sync in failover.connection.session.syncs}
        for pair in failover.pairs:
            market = self._markets.get(pair)
            if pair not in self.listings or market is None or locks.get(pair, market.lock) is not market.lock:
                self.venue_connections.remove(pair)
                self._wake.set()

    def _connection(self, plan: SocketPlan) -> Connection:
        tap = None
        if self._taps is not None:
            tap = self._taps.connection(plan, self.venue_connections.source_of(plan))
        connection = Connection(
            self._factory.session(plan),
            self._factory.open_socket,
            self._snapshots,
            self.connection_events.callbacks(),
            tap,
        )
        self._received.add(connection)
        return connection

    def _watched(self, symbol: str) -> bool:
        """Whether the pair of this symbol has subscribers."""
        markets = [self._markets.get(pair) for pair in self._pairs.pairs_of(symbol)]
        return any(market is not None and market.watched for market in markets)
