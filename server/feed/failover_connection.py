"""The pairs of one socket: the connection that serves them and, while it is being replaced, its successor."""

from __future__ import annotations

import logging
from collections.abc import Callable

from .. import clock
from ..book.synchronizer import BookSynchronizer
from ..connection.connection_thread import Connection
from ..connection.session import Session
from ..logs import about
from ..model import Pair, TradesState
from .socket_plan import Member, SocketPlan

log = logging.getLogger(__name__)

# Seconds. A successor that has proved no further book for so long is given up, and tried again later; how long all of
# them take is a matter of how many there are and of the venue's budget for snapshots.
TAKEOVER = 90.0


class FailoverConnection:
    """Replaces a connection without a break: a second connection proves its books beside the first, then takes its
    place.

    The owner's lock guards this object. `make` opens a session and connection for a plan, not yet started.
    """

    def __init__(self, venue: str, plan: SocketPlan, make: Callable[[SocketPlan], Connection]) -> None:
        self.plan = plan
        self.connection = make(plan)
        self.successor: Connection | None = None
        self.retired: list[Connection] = []
        self._venue = venue
        self._make = make
        self._proved = 0
        """Most books that the successor had, and since when."""
        self._since = 0.0

    @property
    def pairs(self) -> list[Pair]:
        """Whose streams these are."""
        return [member.instrument.pair for member in self.plan.members]

    @property
    def connections(self) -> list[Connection]:
        """All connections, retired connections included."""
        return [self.connection, *([self.successor] if self.successor else []), *self.retired]

    def has(self, connection: Connection) -> bool:
        """Whether this connection serves the group or is to do so."""
        return connection is self.connection or connection is self.successor

    def sync(self, pair: Pair) -> BookSynchronizer | None:
        """The book of a pair, if this connection has it."""
        return next((sync for sync in self.connection.session.syncs if sync.plan.instrument.pair == pair), None)

    def reconnect(self, reason: str) -> None:
        """Opens a second connection; the first continues until the second has proved its books."""
        if self.successor is not None:
            return
        self._say(logging.INFO, f"opening a second connection: {reason}")
        self.successor = self._make(self.plan)
        self._proved, self._since = 0, clock.monotonic()
        self.successor.start()

    def _say(self, level: int, words: str) -> None:
        log.log(level, "%s: %s", self._venue, words, extra=about("renewal", venue=self._venue))

    def trades_state(self, stream: str) -> TradesState:
        """The state of a trade stream's subscription: one connection that receives the stream is enough."""
        both = [each for each in (self.connection, self.successor) if each is not None and each.connected]
        states = [each.session.trades_state(stream) for each in both]
        if TradesState.RECEIVED in states:
            return TradesState.RECEIVED
        return states[0] if states else TradesState.WAITING

    def advance(self) -> bool:
        """Lets a successor take over when it is ready, and returns whether it did; to be called regularly."""
        new, old = self.successor, self.connection
        if new is None:
            return False
        if _ready(old, new):
            _hand_over(old.session, new.session)
            self.connection, self.successor = new, None
            new.may_reconnect_again()
            self._retire(old)
            self._say(logging.INFO, "the second connection has taken over")
            return True
        if self._is_stuck(new):
            self._say(logging.WARNING, "the second connection does not get its books")
            self.successor = None
            self._retire(new)
            old.may_reconnect_again()
        return False

    def _is_stuck(self, successor: Connection) -> bool:
        proved = sum(sync.live for sync in successor.session.syncs)
        if proved > self._proved:
            self._proved, self._since = proved, clock.monotonic()
        return clock.monotonic() - self._since > TAKEOVER

    def remove(self, pair: Pair) -> Member | None:
        """Ends the streams of one pair; other pairs continue. Returns the streams that were ended."""
        member = next((member for member in self.plan.members if member.instrument.pair == pair), None)
        if member is None:
            return None
        self.plan = SocketPlan(tuple(other for other in self.plan.members if other is not member))
        if self.successor is not None:  # It was made for the plan before.
            self._retire(self.successor)
            self.successor = None
            self.connection.may_reconnect_again()
        effects = self.connection.session.drop(member.instrument)
        self.connection.ask(lambda: effects)
        return member

    def stop(self) -> None:
        """Asks all threads to end."""
        for connection in self.connections:
            connection.stop()

    def _retire(self, connection: Connection) -> None:
        connection.stop()
        self.retired = [*self.retired[-8:], connection]


def _ready(old: Connection, new: Connection) -> bool:
    """A successor is ready when it has at least one book, has every book of the old connection and none behind the old
    one's, and receives the trades that the old connection receives."""
    before, after = old.session.syncs, new.session.syncs
    received = TradesState.RECEIVED
    for stream in old.session.trade_streams:
        if old.session.trades_state(stream) is received and new.session.trades_state(stream) is not received:
            return False
    if not after:
        return new.connected
    return any(sync.live for sync in after) and all(
        not first.live or (second.live and second.proved.rule.position >= first.proved.rule.position)
        for first, second in zip(before, after, strict=True)
    )


def _hand_over(old: Session, new: Session) -> None:
    with old.lock, new.lock:
        for before, after in zip(old.syncs, new.syncs, strict=True):
            holder = old.holder(before)
            public = holder.entry
            holder.release()
            new.holder(after).adopt(public)
