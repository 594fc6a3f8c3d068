"""The events of a venue's connections, and who receives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from weakref import WeakKeyDictionary

from .. import clock
from ..connection.connection_thread import Callbacks, Connection
from ..connection.effects import CheckListing, Effect, TradesStatus
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Pair, TradesState
from ..protocol.candle_source import OpenInterest
from ..protocol.events import OpenInterestUpdate
from .cross_venue_check import CrossVenueCheck
from .trade_router import TradeRouter
from .trade_staleness import TradeStaleness
from .venue_connections import VenueConnections

MUTE_CHECK = 1.0
"""Seconds between two looks for silent streams of trades: silence of less than a minute says nothing."""


class ConnectionEvents:
    """Called on the threads of connections. `doubt` takes pairs of which the venue gives no book."""

    def __init__(
        self,
        venue: str,
        markets: Mapping[Pair, Market],
        connections: VenueConnections,
        router: TradeRouter,
        listener: FeedListener,
        doubt: Callable[[CheckListing], None],
    ) -> None:
        self._venue = venue
        self._markets = markets
        self._connections = connections
        self._router = router
        self._listener = listener
        self._doubt = doubt
        self._cross_check = CrossVenueCheck(venue)
        self._staleness = TradeStaleness(venue)
        self._mute_due: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()

    def callbacks(self) -> Callbacks:
        """What a connection calls."""
        return Callbacks(
            trade=self._router.trade, reconnect=self._connections.replace_one, tick=self._tick,
            trades=self._trades, lost=self.lost, check_listing=self._check_listing,
            missed=self._router.trade_missed, interest=self._interest, rests_until=self._rests_until,
        )  # fmt: skip

    def _tick(self, connection: Connection) -> None:
        states = self._connections.advance(connection)
        if states is None:
            return
        if states:
            for stream, state in states.items():
                self._router.set_state(stream, state)
        now = clock.monotonic()
        if now >= self._mute_due.get(connection, 0.0):
            self._mute_due[connection] = now + MUTE_CHECK
            self._find_mute(connection, now)
        for sync in self._cross_check.due(connection.session.syncs, now):
            market = self._markets.get(sync.plan.instrument.pair)
            if market is not None:
                self._cross_check.look(market, connection.session, sync, now)

    def _rests_until(self, connection: Connection) -> float:
        if not self._connections.stays(connection):
            return 0.0
        return min(self._mute_due.get(connection, 0.0), self._cross_check.next_look(connection.session.syncs))

    def _find_mute(self, connection: Connection, now: float) -> None:
        """Accepted trade streams that are silent while other streams continue are ended, and requested again."""
        owners = {stream: self._router.owners(stream) for stream in connection.session.trade_streams}
        markets = [market for known in owners.values() for market, _ in known]
        for stream, known in owners.items():
            if any(self._staleness.is_mute(market, markets, now) for market, _ in known):
                connection.ask(_ending(connection, stream, now))
            elif self._router.is_silent(stream, now):
                self._router.probe(stream, partial(connection.ask, _ending(connection, stream, now)))

    def _trades(self, connection: Connection, status: TradesStatus) -> None:
        for stream, state in self._connections.trades_states(connection, [status.stream]).items():
            self._router.set_state(stream, state, status.reason)

    def lost(self, connection: Connection) -> None:
        """This connection has ended. Of the streams that a successor receives, nothing is missed."""
        states = self._connections.trades_states(connection, connection.session.trade_streams)
        for stream, state in states.items():
            if state is not TradesState.RECEIVED:
                self._router.interrupt(stream)

    def _check_listing(self, _connection: Connection, check: CheckListing) -> None:
        self._doubt(check)

    def _interest(self, event: OpenInterestUpdate) -> None:
        for market, instrument in self._router.owners(event.stream):
            amount, in_quote = event.amount * instrument.contract, instrument.inverse
            self._listener.open_interest(market, self._venue, OpenInterest(amount, event.exchange_time, in_quote), 0)


def _ending(connection: Connection, stream: str, now: float) -> Callable[[], list[Effect]]:
    """Ends this mute stream of trades (monotonic seconds)."""
    return partial(connection.session.trades_mute, stream, int(now * 1e9))
