"""The connections of one venue: the pairs that each serves, and its successor."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from ..book.synchronizer import BookSynchronizer
from ..connection.connection_thread import Connection
from ..model import Pair, TradesState
from ..threads import Supervised
from .failover_connection import FailoverConnection
from .socket_plan import SocketPlan


class VenueConnections:
    """The connections of one venue. Thread-safe: connection threads, the venue's thread and commands use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = False
        self.all: tuple[FailoverConnection, ...] = ()

    @property
    def open(self) -> int:
        """Websockets open now."""
        return sum(connection.connected for connection in self._connections())

    @property
    def threads(self) -> list[Supervised]:
        """The threads that run now."""
        return [each.thread for each in self._connections() if each.thread.is_alive()]

    def _connections(self) -> list[Connection]:
        """All connections now. Under the lock: a successor may take over at any moment."""
        with self._lock:
            return [connection for failover in self.all for connection in failover.connections]

    @property
    def pairs(self) -> set[Pair]:
        """The pairs that are served."""
        with self._lock:
            return {pair for failover in self.all for pair in failover.pairs}

    def start(self, failover: FailoverConnection) -> bool:
        """Adds a connection and starts it; False if the venue is stopping."""
        with self._lock:
            if self._stopped:
                return False
            self.all = (*self.all, failover)
            failover.connection.start()
            return True

    def remove(self, pair: Pair) -> None:
        """Ends the streams of a pair; a connection that carries nothing any more is closed."""
        with self._lock:
            for failover in self.all:
                failover.remove(pair)
                if not failover.plan.members:
                    failover.stop()
            self.all = tuple(failover for failover in self.all if failover.plan.members)

    def book(self, pair: Pair) -> tuple[Connection, BookSynchronizer] | None:
        """The book of a pair, and the connection that serves it; None if there is no such book."""
        with self._lock:
            for failover in self.all:
                sync = failover.sync(pair)
                if sync is not None:
                    return failover.connection, sync
            return None

    def source_of(self, plan: SocketPlan) -> int:
        """Number, in the recording, of the connection that serves this plan; 0 if there is none yet."""
        # Without the lock: a connection is replaced under the lock, and asks for this.
        connections = [failover.connection for failover in self.all if failover.plan is plan]
        return next((each.tap.source for each in connections if each.tap is not None), 0)

    def replace(self, pair: Pair | None, reason: str) -> int:
        """Opens new connections beside those of a pair, or of all pairs; returns their number."""
        with self._lock:
            failovers = [failover for failover in self.all if pair is None or pair in failover.pairs]
            if not self._stopped:
                for failover in failovers:
                    failover.reconnect(reason)
            return len(failovers)

    def replace_one(self, connection: Connection, reason: str) -> None:
        """Opens a new connection beside this connection, unless another connection has replaced it."""
        with self._lock:
            failover = self._serving(connection)
            if failover is not None and not self._stopped:
                failover.reconnect(reason)

    def advance(self, connection: Connection) -> dict[str, TradesState] | None:
        """Lets a ready successor take over. Returns the changed states of trade streams, by name: empty if nothing has
        changed, None if another connection has replaced this connection."""
        with self._lock:
            failover = self._serving(connection)
            if failover is None:
                return None
            if failover.successor is None or not failover.advance():
                return {}
            return {stream: failover.trades_state(stream) for stream in connection.session.trade_streams}

    def stays(self, connection: Connection) -> bool:
        """Whether this connection serves its streams, and no other connection is about to replace it."""
        with self._lock:
            failover = self._serving(connection)
            return failover is not None and failover.successor is None

    def trades_states(self, connection: Connection, streams: Iterable[str]) -> dict[str, TradesState]:
        """The states of these streams, over all connections that serve them; empty if another connection has replaced
        this connection."""
        with self._lock:
            failover = self._serving(connection)
            return {} if failover is None else {stream: failover.trades_state(stream) for stream in streams}

    def _serving(self, connection: Connection) -> FailoverConnection | None:
        for failover in self.all:
            if connection is failover.connection or connection is failover.successor:
                return failover
        return None

    # -- the end -------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Asks all threads to end; no connection is started any more."""
        with self._lock:
            self._stopped = True
            for failover in self.all:
                failover.stop()

    def join(self, deadline: float) -> None:
        """Waits for the threads until this monotonic time in seconds."""
        for connection in self._connections():
            connection.join(max(0.0, deadline - time.monotonic()))
