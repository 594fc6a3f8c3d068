"""The memory of one stream, without sockets, threads or clocks of its own: what came, what was missed, what to do now.

Both the sync and the async stream drive one of these: `take` for every message, `lost` for every way a connection ends.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from .errors import OnebookError, UnavailableError
from .events import Connected, Event, Reconnecting, Resumed
from .resume import Resume
from .settings import Settings

_log = logging.getLogger("onebook.client")


class Session:
    """Counts, epoch and attempts of one stream."""

    def __init__(
        self,
        label: str,
        settings: Settings,
        shows_state: bool = True,
        clock: Callable[[], float] = time.monotonic,
        resume: Resume | None = None,
    ) -> None:
        self.label = label
        self.received = 0
        """Messages that arrived, heartbeats included."""
        self.missed = 0
        """States that were conflated into later ones (for trades: lost), by the jumps of the sequence."""
        self.reconnects = 0
        """Connections after the first."""
        self.epoch = 0
        self.resume = resume
        """Where the stream continues behind a loss; None: with what is live."""
        self._settings = settings
        self._shows_state = shows_state
        self._clock = clock
        self._sequence = 0
        self._attempt = 0
        self._fresh = True
        self._resuming = False
        self._resumed = 0
        """New messages of the past since the stream was live last."""
        self._connected_at: float | None = None
        self._gap_began: float | None = None

    def take(self, message: Any) -> bool:
        """Account for a message; True if the user is to see it."""
        header = message.header
        self.received += 1
        first = self._fresh
        if first:
            self._begin(header.epoch, header.past)
        elif header.epoch != self.epoch:
            self.epoch, self._sequence = header.epoch, 0
        sequence = header.sequence
        if self._sequence and sequence > self._sequence + 1:
            self.missed += sequence - self._sequence - 1
        elif not self._sequence and self.resume is not None and not self._shows_state:
            self.missed += message.dropped  # messages of the past have no sequence
        self._sequence = sequence
        if self.resume is not None and not self._is_new(message):
            return False
        return not header.heartbeat or self._settings.heartbeats or (first and self._shows_state)

    def _begin(self, epoch: int, past: bool) -> None:
        """The first message of a connection."""
        self._fresh = False
        restarted = bool(self.epoch) and epoch != self.epoch
        if epoch != self.epoch:
            self._sequence = 0
        self._resuming = past and (self._resuming or bool(self.epoch))
        self.reconnects += bool(self.epoch)
        self.epoch = epoch
        self._connected_at, self._gap_began = self._clock(), None
        self._tell(Connected(self.label, epoch, restarted, self._attempt))

    def _is_new(self, message: Any) -> bool:
        """Whether a message was not received before a loss; says so when the stream is live again."""
        assert self.resume is not None
        header, new = message.header, self.resume.take(message)
        if header.past:
            self._resumed += new and not header.heartbeat
        else:
            if self._resuming:
                self._tell(Resumed(self.label, self._resumed, self.resume.since_nanos, self.resume.reached))
            self._resuming, self._resumed = False, 0
        return new

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
        quiet = (isinstance(event, Connected) and not event.attempt) or (isinstance(event, Resumed) and event.complete)
        _log.log(logging.INFO if quiet else logging.WARNING, "%s", event)
        if self._settings.on_event is not None:
            self._settings.on_event(event)
