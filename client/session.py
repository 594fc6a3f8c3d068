"""The memory of one stream, without sockets, threads or clocks of its own: what came, what was missed, what to do now.

Both the sync and the async stream drive one of these: `take` for every message, `lost` for every way a connection ends.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from onebook.v1 import types_pb2 as pb

from .errors import OnebookError, UnavailableError
from .events import Connected, Event, Reconnecting
from .settings import Settings

_log = logging.getLogger("onebook.client")


class Session:
    """Counts, epoch and attempts of one stream."""

    def __init__(
        self, label: str, settings: Settings, shows_state: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.label = label
        self.received = 0
        """Messages that arrived, heartbeats included."""
        self.missed = 0
        """States that were conflated into later ones (for trades: lost), by the jumps of the sequence."""
        self.reconnects = 0
        """Connections after the first."""
        self.epoch = 0
        self._settings = settings
        self._shows_state = shows_state
        self._clock = clock
        self._sequence = 0
        self._attempt = 0
        self._fresh = True
        self._connected_at: float | None = None
        self._gap_began: float | None = None

    def take(self, header: pb.Header) -> bool:
        """Account for a message; True if the user is to see it."""
        self.received += 1
        first = self._fresh
        if first:
            self._begin(header.epoch)
        elif header.epoch != self.epoch:
            self.epoch, self._sequence = header.epoch, 0
        sequence = header.sequence
        if self._sequence and sequence > self._sequence + 1:
            self.missed += sequence - self._sequence - 1
        self._sequence = sequence
        return not header.heartbeat or self._settings.heartbeats or (first and self._shows_state)

    def _begin(self, epoch: int) -> None:
        """The first message of a connection."""
        self._fresh = False
        restarted = bool(self.epoch) and epoch != self.epoch
        if epoch != self.epoch:
            self._sequence = 0
        self.reconnects += bool(self.epoch)
        self.epoch = epoch
        self._connected_at, self._gap_began = self._clock(), None
        self._tell(Connected(self.label, epoch, restarted, self._attempt))

    def lost(self, error: OnebookError) -> float:
        """The connection ended with `error`: seconds to wait before the next attempt, or the error raised for good."""
        now = self._clock()
        if self._connected_at is not None and now - self._connected_at >= self._settings.backoff.healthy:
            self._attempt = 0
        self._fresh, self._connected_at = True, None
        self._gap_began = now if self._gap_began is None else self._gap_began
        if not (error.retry and self._settings.reconnect):
            raise error
        self._attempt += 1
        delay = self._settings.backoff.delay(self._attempt, error.retry_after)
        gap = now - self._gap_began
        if self._settings.max_gap is not None and gap + delay > self._settings.max_gap:
            raise UnavailableError(f"given up after {gap:.1f} s without the server: {error}") from error
        self._tell(Reconnecting(self.label, str(error), self._attempt, delay, error))
        return delay

    def _tell(self, event: Event) -> None:
        quiet = isinstance(event, Connected) and not event.attempt
        _log.log(logging.INFO if quiet else logging.WARNING, "%s", event)
        if self._settings.on_event is not None:
            self._settings.on_event(event)
