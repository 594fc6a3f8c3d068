"""Records of a recording's tables that need no decision, many at once: messages in plain order, and idle ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orderbook_ext import LaneRun

from ..clock import PlayedClock
from ..connection.effects import Effect
from ..model import Receipt
from ..neighbours import recording
from .errands import Errands
from .played_connection import PlayedConnection
from .played_feed import RecordedConnection
from .played_rest import Reply


class PlayedTables:
    """Plays what can be played in C; the player plays the record before which that ends."""

    def __init__(
        self, clock: PlayedClock, errands: Errands[Reply], connections: Mapping[int, RecordedConnection]
    ) -> None:
        """`connections`: by the numbers of their sources; the player's own."""
        self._errands, self._connections = errands, connections
        self._run = LaneRun(clock, self._decide, self._deliver)

    def take(self, table: recording.RecordTable, until: int) -> int:
        """Plays the next records of a table, up to the first at this time (nanoseconds of the recording) or later;
        returns how many of them were messages."""
        table.next, table.at, messages = self._run.take(table.payload, table.count, table.next, table.at, until)
        return messages

    # -- connections -----------------------------------------------------------------------------------------------

    def bind(self, source: int) -> None:
        """A connection was made: its messages come from now on. Those of one with faults are played one by one."""
        self._run.forget(source)
        connection = self._connections[source]
        if isinstance(connection, PlayedConnection) and connection.lane is not None:
            self._run.bind(source, connection.lane)

    def forget(self, source: int | None = None) -> None:
        """This connection, or all, are gone."""
        self._run.forget(source)

    def ticked(self, source: int) -> None:
        """The connection has looked at its clock: it rests, perhaps."""
        connection = self._connections.get(source)
        if isinstance(connection, PlayedConnection) and connection.lane is not None:
            self._run.rest(source, connection.rests_until)

    def disturb(self, source: int | None = None) -> None:
        """Something else than a message in plain order has come, for this connection or for any."""
        self._run.disturb(source)

    # -- what a run leaves to Python -------------------------------------------------------------------------------

    def _decide(self, source: int, body: bytes, time: int, elapsed: int, error: Exception | None) -> None:
        connection = self._connections.get(source)
        if isinstance(connection, PlayedConnection):
            self._run.disturb(source)
            connection.decide(body, Receipt(time, elapsed), error)

    def _deliver(self, source: int, effects: Sequence[Effect], plain: bool) -> bool:
        """What trades led to; whether the player has something to do before the next record."""
        due = self._errands.next
        connection = self._connections.get(source)
        if isinstance(connection, PlayedConnection):
            connection.deliver(effects)
            plain = plain and connection.connected
        if not plain:
            self._run.disturb(source)
        return not plain or self._errands.next != due
