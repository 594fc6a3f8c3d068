"""All that one venue does for us: finds its pairs, keeps its connections, renews them before they end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import UnreachableError, VenueError
from ..market.market import Market
from ..model import Instrument, Listing, Pair, Reach, Trade, VenueState
from ..protocol.backoff import Backoff
from ..protocol.book_sync import BookSync
from ..protocol.session import Session
from ..protocol.events import TradeEvent
from ..protocol.venue import Endpoint, Venue
from .connection import Connection
from .discovery import find
from .rest import RestClient
from .snapshots import SnapshotScheduler
from .socket import ExchangeSocket, SocketOptions
from .trade_filter import TradeFilter

log = logging.getLogger(__name__)

# A successor that has not proved its books by then is given up, and tried again later.
TAKEOVER = 90.0
# How often a pair that the venue lists but does not trade is looked at again.
HALTED_RECHECK = 300.0


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """How one venue is read."""

    endpoint: Endpoint
    book: str = "diff"
    """One of the venue's BOOK_MODES."""
    levels: int = 1000
    """Levels a side that its books should be known to at least."""
    proxy: str = ""
    max_message: int = 16 << 20


@dataclass
class _Group:
    """The pairs of one socket, the connection that serves them, and its successor while there are two."""

    pairs: list[Pair]
    connection: Connection
    successor: Connection | None = None
    since: float = field(default_factory=time.monotonic)


class VenueFeed:
    """One venue's runtime. Markets are those of this process; the venue serves the ones that it lists."""

    def __init__(
        self,
        venue: Venue,
        options: FeedOptions,
        markets: Mapping[Pair, Market],
        on_trade: Callable[[Market, str, Trade, int], None],
    ) -> None:
        self.venue = venue
        self.options = options
        self.listings: dict[Pair, Listing] = {pair: Listing(venue.NAME, pair, Reach.UNKNOWN) for pair in markets}
        self._markets = markets
        self._on_trade = on_trade
        self.discovered = threading.Event()
        """Set when the venue has answered for the first time, or could not be reached."""
        self._go = threading.Event()
        self._stop = threading.Event()
        self._rest = RestClient(options.endpoint.rest, venue.LIMITS, options.proxy)
        self._snapshots = SnapshotScheduler(venue.NAME, self._rest, self._stop)
        self._sockets = SocketOptions(proxy=options.proxy, max_message=options.max_message)
        self._connects = 60.0 / venue.LIMITS.connects_per_minute
        self._last_connect = 0.0
        self._lock = threading.Lock()
        self._groups: list[_Group] = []
        self._retired: list[Connection] = []
        self._streams: dict[str, Market] = {}
        self._trades = TradeFilter()
        self._thread = threading.Thread(target=self._run, name=f"venue-{venue.NAME}", daemon=True)

    @property
    def connections(self) -> int:
        """Websockets open now."""
        with self._lock:
            return sum(
                connection.connected
                for group in self._groups
                for connection in (group.connection, group.successor)
                if connection is not None
            )

    # -- life ----------------------------------------------------------------------------------------------------

    def discover(self) -> None:
        """Asks the venue for its pairs once and fills `listings`. Never raises: unreachable is an answer too."""
        wanted = [pair for pair, listing in self.listings.items() if not _settled(listing)]
        try:
            body = self._rest.get(self.venue.discovery(), self._stop)
            found = find(self.venue.NAME, self.venue.instruments(body), wanted)
        except VenueError as error:
            found = [Listing(self.venue.NAME, pair, Reach.UNREACHABLE, detail=str(error)) for pair in wanted]
        for listing in found:
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
        with self._lock:
            for connection in self._all_connections():
                connection.stop()

    def join(self, timeout: float) -> None:
        """Waits for the threads, all together at most about so many seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            connections = self._all_connections()
        for connection in connections:
            connection.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            self._thread.join(max(0.0, deadline - time.monotonic()))
        self._snapshots.close(0.1)

    def _all_connections(self) -> list[Connection]:
        return [
            *(group.connection for group in self._groups),
            *(group.successor for group in self._groups if group.successor is not None),
            *self._retired,
        ]

    # -- discovery -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Connects what is listed; asks again for what could not be answered."""
        self.discover()
        self.discovered.set()
        self._go.wait()
        pauses = Backoff(2.0, 120.0)
        while not self._stop.is_set():
            self._connect_listed()
            open_questions = [listing for listing in self.listings.values() if not _settled(listing)]
            if not open_questions:
                return
            unreachable = any(listing.reach is not Reach.LISTED for listing in open_questions)
            if self._stop.wait(pauses.next() if unreachable else HALTED_RECHECK):
                return
            self.discover()

    def _connect_listed(self) -> None:
        connected = {pair for group in self._groups for pair in group.pairs}
        wanted = [
            listing.instrument
            for listing in self.listings.values()
            if listing.instrument is not None and _settled(listing) and listing.pair not in connected
        ]
        # Two streams a pair: depth and trades.
        size = max(1, self.venue.LIMITS.streams_per_connection // 2)
        for at in range(0, len(wanted), size):
            self._open_group(wanted[at : at + size])

    def _report(self, listing: Listing) -> None:
        """What discovery found becomes the venue's visible state, and is said once."""
        market, name = self._markets[listing.pair], self.venue.NAME
        if listing.reach is Reach.UNLISTED:
            hint = f"; nearest is {listing.suggestion}" if listing.suggestion else ""
            market.report(name, VenueState.UNSUPPORTED, f"{self.venue.TITLE} does not list {listing.pair}{hint}")
        elif listing.reach is Reach.UNREACHABLE:
            market.report(name, VenueState.DOWN, listing.detail)
        elif listing.instrument is not None and not listing.instrument.trading:
            market.report(name, VenueState.HALTED, f"{self.venue.TITLE} says {listing.instrument.status}")

    # -- connections ---------------------------------------------------------------------------------------------

    def _open_group(self, instruments: Sequence[Instrument]) -> None:
        session = self._session(instruments)
        for sync in session.syncs:
            sync.adopt(self._markets[sync.plan.instrument.pair].entries[self.venue.NAME])
        connection = self._connection(session)
        with self._lock:
            if self._stop.is_set():
                return
            self._groups.append(_Group([instrument.pair for instrument in instruments], connection))
            connection.start()

    def _session(self, instruments: Sequence[Instrument]) -> Session:
        syncs, trade_streams = [], []
        for instrument in instruments:
            market = self._markets[instrument.pair]
            plan = self.venue.book_plan(instrument, self.options.book, self.options.levels)
            syncs.append(BookSync(self.venue.NAME, plan, self.venue.LIMITS, market.lock, market.changed, market.gate))
            trade_streams.append(self.venue.trade_stream(instrument))
            self._streams[trade_streams[-1]] = market
        return Session(self.venue, syncs, trade_streams)

    def _connection(self, session: Session) -> Connection:
        return Connection(session, self._open_socket, self._snapshots, self._trade, self._renew, self._advance)

    def _open_socket(self, path: str) -> ExchangeSocket:
        """Opens a socket, no faster than the venue allows."""
        with self._lock:
            at = max(time.monotonic(), self._last_connect + self._connects)
            self._last_connect = at
        if self._stop.wait(max(0.0, at - time.monotonic())):
            raise UnreachableError("the server is stopping")
        return ExchangeSocket(self.options.endpoint.ws.rstrip("/") + path, self._sockets)

    def _trade(self, event: TradeEvent, receive_time: int) -> None:
        market = self._streams.get(event.stream)
        if market is not None and self._trades.first(event.stream, event.trade.trade_id):
            self._on_trade(market, self.venue.NAME, event.trade, receive_time)

    # -- make before break ---------------------------------------------------------------------------------------

    def _renew(self, connection: Connection, reason: str) -> None:
        """Opens a second connection; the first goes on until the second has proved its books."""
        with self._lock:
            group = self._group_of(connection)
            if group is None or group.successor is not None or self._stop.is_set():
                return
            log.info("%s: opening a second connection: %s", self.venue.NAME, reason)
            session = self._session([sync.plan.instrument for sync in connection.session.syncs])
            group.successor = self._connection(session)
            group.since = time.monotonic()
            group.successor.start()

    def _advance(self, connection: Connection) -> None:
        """Called on every tick of every connection: lets a successor take over when it is ready."""
        with self._lock:
            group = self._group_of(connection)
            if group is None or group.successor is None:
                return
            if _ready(group.connection.session, group.successor.session):
                self._take_over(group)
            elif time.monotonic() - group.since > TAKEOVER:
                log.warning("%s: the second connection did not get its books in time", self.venue.NAME)
                self._retire(group.successor)
                group.successor = None
                group.connection.may_renew_again()

    def _take_over(self, group: _Group) -> None:
        old, new = group.connection, group.successor
        assert new is not None
        with old.session.lock, new.session.lock:
            for before, after in zip(old.session.syncs, new.session.syncs, strict=True):
                public = before.entry
                before.release()
                after.adopt(public)
        group.connection, group.successor = new, None
        new.may_renew_again()
        self._retire(old)
        log.info("%s: the second connection has taken over", self.venue.NAME)

    def _retire(self, connection: Connection) -> None:
        connection.stop()
        self._retired = [*self._retired[-8:], connection]

    def _group_of(self, connection: Connection) -> _Group | None:
        return next((group for group in self._groups if connection in (group.connection, group.successor)), None)


def _settled(listing: Listing) -> bool:
    """Whether there is nothing left to ask the venue about this pair."""
    if listing.reach is Reach.LISTED:
        return listing.instrument is not None and listing.instrument.trading
    return listing.reach is Reach.UNLISTED


def _ready(old: Session, new: Session) -> bool:
    """A successor is ready when it has every book that the old connection has, not behind it, and any at all."""
    return any(sync.live for sync in new.syncs) and all(
        not before.live or (after.live and after.rule.position >= before.rule.position)
        for before, after in zip(old.syncs, new.syncs, strict=True)
    )
