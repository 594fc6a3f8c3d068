"""A connection whose messages come from a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from orderbook_ext import FrameLane

from .. import clock
from ..book.auditor import NEVER
from ..connection.connection_thread import STOPPED, Callbacks, Connection, SnapshotFetcher
from ..connection.effects import Effect
from ..connection.session import Session
from ..connection.websocket import ExchangeSocket
from ..errors import VenueError
from ..model import Receipt
from ..units import SECOND

ROUNDING = 1_000_000
"""Nanoseconds, more than a number of seconds is rounded by."""


def _no_socket(path: str) -> NoReturn:
    raise VenueError(f"a replay opens no socket ({path:.80})")


class PlayedConnection(Connection):
    """What the thread of a live connection does, one record at a time, on the player's thread."""

    def __init__(self, session: Session, snapshots: SnapshotFetcher, callbacks: Callbacks) -> None:
        open_socket: Callable[[str], ExchangeSocket] = _no_socket
        super().__init__(session, open_socket, snapshots, callbacks)
        self._opened_at = 0
        self.unexpected = 0
        """Records of a connection that is not open here, and messages that the session did not want to send."""

    def serve(self, callbacks: Callbacks) -> None:
        """From now on the connection's events are heard."""
        self._callbacks = callbacks

    # -- of the life of a thread, which there is not ---------------------------------------------------------------

    def start(self) -> None:
        """The recording says when the connection opens."""

    def stop(self) -> None:
        """The session ends at once, whatever the recording has of it."""
        if not self._stop.is_set():
            super().stop()
            self._closed(STOPPED)

    def join(self, timeout: float) -> None:
        """There is no thread."""

    # -- records ---------------------------------------------------------------------------------------------------

    def opened(self) -> None:
        """The websocket was opened."""
        if self._stop.is_set():
            return
        self._opened_at = clock.monotonic_ns()
        self._guarded(self._greet)

    def received(self, data: bytes, at: Receipt) -> None:
        """A message came."""
        if not self.connected:
            self.unexpected += 1
            return
        try:
            effects = self.session.receive(data, at)
            if effects:
                self._do(effects)
        except Exception as error:
            self._broken(error)

    @property
    def lane(self) -> FrameLane | None:
        """Takes messages in plain order as received() does; None: only received() does."""
        return self.session.plain_lane

    def deliver(self, effects: Sequence[Effect]) -> None:
        """The lane has taken a message of trades, which led to this."""
        try:
            self._do(effects)
        except Exception as error:
            self._broken(error)

    def decide(self, data: bytes, at: Receipt, error: Exception | None) -> None:
        """The lane has taken a message whose book needs a decision, or `error` came of it. Its lock is held."""
        self._guarded(lambda: self._do(self.session.decide(data, at, error)))

    def sent(self, text: str) -> None:
        """A message left: the session's own one is taken from those that wait."""
        waiting = next((each for each in self._outbox if each.text == text), None)
        if waiting is None:
            # Texts with a number or a time of their own are not repeated to the letter: the order is.
            waiting = self._outbox[0] if self._outbox else None
        if waiting is None:
            self.unexpected += 1
            return
        self._outbox.remove(waiting)
        request = waiting.request
        if request is not None:
            self._guarded(lambda: self.session.sent(request, clock.monotonic_ns()))

    def ticked(self) -> None:
        """The connection looked at its clock."""
        if self.connected:
            try:
                self._tick((clock.monotonic_ns() - self._opened_at) / SECOND)
            except Exception as error:
                self._broken(error)

    @property
    def rests_until(self) -> int:
        """The connection has just looked at its clock: until when (monotonic nanoseconds) a further look does nothing,
        if messages that the lane takes are all that happens meanwhile."""
        if self._asked or not self.connected:
            return 0
        of_events = min(self._callbacks.rests_until(self), self._opened_at / SECOND + self._oldest)
        # Seconds are rounded: rather look once too often.
        return min(self.session.rests_until, int(min(of_events * SECOND, NEVER)) - ROUNDING)

    def closed(self, reason: str) -> None:
        """The websocket has ended."""
        if reason == STOPPED:
            self._closed(reason)
        elif self.connected:
            self._broken(VenueError(reason or "the connection has ended"))

    def _guarded(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:
            self._broken(error)

    def _broken(self, error: Exception) -> None:
        """As the end of a live connection; the next one begins with the recording's."""
        if isinstance(error, VenueError):
            self._lost(error)
            return
        self._log.failed("the feed failed", error)
        self._closed("internal error, see the log")
        self._callbacks.lost(self)
