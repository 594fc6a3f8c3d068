"""One venue of a recording: its connections as they were opened, replaced and closed."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Mapping, Sequence

from .. import clock
from ..analytics.backfill import Backfill
from ..analytics.engine import AnalyticsEngine
from ..connection.connection_thread import Callbacks
from ..connection.effects import CheckListing
from ..connection.received import Received
from ..feed.connection_events import ConnectionEvents
from ..feed.failover_connection import FailoverConnection
from ..feed.feed_options import FeedOptions
from ..feed.history_client import HistoryClient
from ..feed.session_factory import SessionFactory
from ..feed.socket_plan import SocketPlan
from ..feed.trade_router import TradeRouter
from ..feed.venue_connections import VenueConnections
from ..logs import about
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Listing, Pair, Reach, VenueState
from ..network.budget import Pace
from ..protocol.venue import Venue
from ..threads import Supervised
from .errands import Errands, PlayedEvent
from .faulted_connection import FaultedConnection
from .played_connection import PlayedConnection
from .played_rest import PlayedRest, Reply
from .played_snapshots import PlayedSnapshots
from .replay_fault import VenueFaults

log = logging.getLogger(__name__)

RecordedConnection = PlayedConnection | FaultedConnection
UNHEARD = Callbacks(
    trade=lambda _event, _at: None, reconnect=lambda _connection, _reason: None, tick=lambda _connection: None
)  # fmt: skip
"""Of connections that readers do not see."""


class PlayedFeed:
    """A venue's feed whose connections are the recording's; commands have no effect on it."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        listener: FeedListener,
        analytics: AnalyticsEngine,
        kept: Callable[[], Sequence[Market]],
        errands: Errands[Reply],
        faults: VenueFaults | None = None,
        *,
        late: bool = False,
    ) -> None:
        """`kept`: the markets of the process at the time; `faults`: what is put on the venue's messages; `late`: the
        replay begins within the recording."""
        self.venue = venue
        self.options = options
        self.discovered = threading.Event()
        self.discovered.set()
        self.listings: dict[Pair, Listing] = {pair: Listing(venue.NAME, pair, Reach.UNKNOWN) for pair in markets}
        self.rest = PlayedRest(venue.NAME, options.endpoint.rest, venue.LIMITS, errands, late=late)
        self._markets = dict(markets)
        self.faults = faults or VenueFaults(venue.NAME)
        self._errands = errands
        self._spare_snapshots: list[PlayedSnapshots] = []
        self._stop = PlayedEvent(errands)
        self._snapshots = PlayedSnapshots(venue.NAME, self.rest, errands)
        self._router = TradeRouter(venue, self.rest, self._snapshots, self._stop, listener)
        self._factory = self._session_factory()
        self.venue_connections = VenueConnections()
        self._events = ConnectionEvents(
            venue.NAME, self._markets, self.venue_connections, self._router, listener, self._doubt
        )  # fmt: skip
        past = HistoryClient(venue, self.rest, self._stop)
        self._backfill = Backfill(venue, self.listings, past, analytics, kept, listener, self._stop)
        self._made: PlayedConnection | None = None
        self._begun = False

    # -- of a feed -------------------------------------------------------------------------------------------------

    @property
    def connections(self) -> int:
        """Websockets open now."""
        return self.venue_connections.open

    @property
    def received(self) -> Received:
        """Nothing comes over websockets."""
        return Received(0, 0)

    @property
    def threads(self) -> list[Supervised]:
        """There are none: errands take their place."""
        return []

    def start(self) -> None:
        """Begins the errand that asks for the past, once."""
        if not self._begun:
            self._begun = True
            self._errands.run(f"history-{self.venue.NAME}", self._backfill.run)

    def go(self) -> None:
        """The recording says when the venue connects."""

    def stop(self) -> None:
        """Ends all connections."""
        self._stop.set()
        self.venue_connections.stop()

    def join(self, timeout: float) -> None:
        """There are no threads but errands, which the player ends."""

    def resync(self, pair: Pair) -> bool:  # noqa: ARG002
        """A replay takes no commands."""
        return False

    def reconnect(self, pair: Pair | None) -> int:  # noqa: ARG002
        """A replay takes no commands."""
        return 0

    def pause(self, pair: Pair | None) -> None:
        """A replay takes no commands."""

    def resume(self, pair: Pair | None) -> None:
        """A replay takes no commands."""

    def add(self, market: Market) -> Listing:
        """A market that the recording may have."""
        self._markets[market.pair] = market
        return self.listings.setdefault(market.pair, Listing(self.venue.NAME, market.pair, Reach.UNKNOWN))

    def remove(self, pair: Pair) -> None:
        """Removes a market."""
        self.listings.pop(pair, None)
        self.venue_connections.remove(pair)
        self._router.remove_market(pair)
        self._markets.pop(pair, None)

    def read_as(self, options: FeedOptions) -> None:
        """Connections are made with these options from now on: the recorded server was started anew."""
        self.options = options
        self._factory = self._session_factory()

    def _session_factory(self) -> SessionFactory:
        pace = Pace(0.0)
        return SessionFactory(self.venue, self.options, self._markets, self._router, self.rest, pace, self._stop)

    # -- the recording's connections -------------------------------------------------------------------------------

    def command(self, name: str, pair: Pair | None) -> None:
        """A command to the recorded server. What else came of it is in the recording."""
        for each in [pair] if pair is not None else list(self.listings):
            market = self._markets.get(each)
            if market is None:
                continue
            if name == "resync" and (found := self.venue_connections.book(each)) is not None:
                connection, sync = found
                connection.session.resync(sync, "a new book was asked for", clock.monotonic_ns())
            elif name == "pause":
                self.venue_connections.remove(each)
                self._router.pause_market(each)
                market.report(self.venue.NAME, VenueState.HALTED, "paused by command")
            elif name == "resume":
                market.report(self.venue.NAME, VenueState.CONNECTING, "resumed by command, its book is being built")

    def connect(self, plan: SocketPlan, predecessor: RecordedConnection | None = None) -> RecordedConnection:
        """A connection was made: the first of its streams, or the successor of the connection that serves them."""
        for member in plan.members:
            pair = member.instrument.pair
            self.listings[pair] = Listing(self.venue.NAME, pair, Reach.LISTED, member.instrument)
        made = self._made = self._connection(plan)
        before = self._serving(plan, predecessor)
        if before is None:
            failover = FailoverConnection(self.venue.NAME, plan, self._take)
            self._factory.adopt(made.session)
            self.venue_connections.start(failover)
            return self._with_faults(made, plan)
        if before.successor is not None:
            # The successor that the recording had before has ended without a word: this one is in its place.
            before.successor.stop()
            before.successor = None
        before.reconnect("as in the recording")
        return self._with_faults(made, plan)

    def _with_faults(self, made: PlayedConnection, plan: SocketPlan) -> RecordedConnection:
        """The connection, with spare ones beside it if there are faults to come."""
        count = self.faults.remaining
        if not count or not made.session.syncs:
            return made
        while len(self._spare_snapshots) < count:
            name = f"{self.venue.NAME} {len(self._spare_snapshots)}"
            rest = PlayedRest(name, self.options.endpoint.rest, self.venue.LIMITS, self._errands)
            self.rest.copies.append(rest)
            self._spare_snapshots.append(PlayedSnapshots(self.venue.NAME, rest, self._errands))
        spares = [
            PlayedConnection(self._factory.session(plan), snapshots, UNHEARD)
            for snapshots in self._spare_snapshots[:count]
        ]
        return FaultedConnection(made, spares, self.faults, self._failover_of, self._propose, self._callbacks())

    def _propose(self, failover: FailoverConnection, spare: PlayedConnection) -> None:
        self._made = spare
        failover.reconnect("the fault is over")

    def _failover_of(self, connection: PlayedConnection) -> FailoverConnection | None:
        return next((each for each in self.venue_connections.all if each.connection is connection), None)

    def _take(self, plan: SocketPlan) -> PlayedConnection:  # noqa: ARG002
        made, self._made = self._made, None
        assert made is not None, "connections are made by connect()"
        return made

    def _serving(self, plan: SocketPlan, predecessor: RecordedConnection | None) -> FailoverConnection | None:
        """The connection that is to be replaced, or whose streams these are too."""
        if isinstance(predecessor, FaultedConnection):
            predecessor = predecessor.public
        wanted = _streams(plan)
        for failover in self.venue_connections.all:
            if (predecessor is not None and failover.has(predecessor)) or _streams(failover.plan) & wanted:
                return failover
        return None

    def _connection(self, plan: SocketPlan) -> PlayedConnection:
        return PlayedConnection(self._factory.session(plan), self._snapshots, self._callbacks())

    def _callbacks(self) -> Callbacks:
        return dataclasses.replace(self._events.callbacks(), reconnect=lambda _connection, _reason: None)

    def _doubt(self, check: CheckListing) -> None:
        """The live server asked the venue whether it lists a pair; what came of it is in the recording."""
        words = "%s: no book of a pair, as in the recording: %s"
        log.info(words, self.venue.NAME, check, extra=about("replay", venue=self.venue.NAME))


def _streams(plan: SocketPlan) -> set[str]:
    streams: set[str] = set()
    for member in plan.members:
        streams.update((member.trade, *member.others, member.book.stream if member.book is not None else ""))
    return streams - {""}
