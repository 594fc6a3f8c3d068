"""One thread per websocket: connects, receives, sends, watches for silence, and reconnects without end."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from .. import clock, threads
from ..backoff import Backoff
from ..errors import MessageGapError, RefusedError, ThrottledError, VenueError
from ..model import VenueState
from ..network.budget import Pace, message_step
from ..network.dial import TLS_HINT
from ..protocol.events import OpenInterestUpdate, TradeEvent
from ..threads import Supervised
from .effects import (
    CheckListing,
    Effect,
    FetchSnapshot,
    LogMessage,
    OpenInterestReceived,
    Reconnect,
    Send,
    TradeReceived,
    TradesMissed,
    TradesStatus,
)  # fmt: skip
from .raw_tap import RawKind, RawTap
from .received import Received
from .session import Session
from .venue_log import VenueLog
from .websocket import ExchangeSocket, ReceiveTimeout

log = logging.getLogger(__name__)

TICK = 0.25
# A connection that lived so long was healthy: the next attempt starts without a long pause.
HEALTHY = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
# Where only messages were missing the venue is well: no reason to stay away for long.
HOLE_PAUSE = 5.0
REFUSED_PAUSE = 60.0
STOPPED = "the feed was stopped"
"""The reason of an end that was asked for."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The events of a connection, on the connection's thread."""

    trade: Callable[[TradeEvent, int], None]
    """A trade, and when it was received (nanoseconds UTC)."""
    reconnect: Callable[[Connection, str], None]
    """The venue, the age of the connection, or an operator asks for a successor."""
    tick: Callable[[Connection], None]
    """Called a few times per second while the connection is open."""
    rests_until: Callable[[Connection], float] = lambda _connection: 0.0
    """tick() was just called: until when (monotonic seconds) a further call does nothing, if no other event comes."""
    trades: Callable[[Connection, TradesStatus], None] = lambda _connection, _standing: None
    """The state of a trade stream's subscription has changed."""
    check_listing: Callable[[Connection, CheckListing], None] = lambda _connection, _check: None
    """The venue gives no book of an instrument."""
    lost: Callable[[Connection], None] = lambda _connection: None
    """The connection has ended."""
    missed: Callable[[str], None] = lambda _stream: None
    """An unreadable message may have been a trade of this stream."""
    interest: Callable[[OpenInterestUpdate], None] = lambda _interest: None
    """Open interest, as the venue counts it."""


class SnapshotFetcher(Protocol):
    """Asks the venue for snapshots, on threads of its own."""

    def fetch(self, session: Session, fetch: FetchSnapshot) -> None:
        """Queues a snapshot; its answer goes to the session."""


class Connection:
    """The thread of one session."""

    def __init__(
        self,
        session: Session,
        open_socket: Callable[[str], ExchangeSocket],
        snapshots: SnapshotFetcher,
        callbacks: Callbacks,
        tap: RawTap | None = None,
    ) -> None:
        """`tap` receives all messages of the connection."""
        self.session = session
        self.tap = tap
        if tap is not None:
            session.record(tap.received)
        self.connected = False
        self._open_socket = open_socket
        self._snapshots = snapshots
        self._callbacks = callbacks
        self._asked: deque[Callable[[], Iterable[Effect]]] = deque()
        self._limits = session.venue.LIMITS
        # Reconnect well before the venue's own limit, so that the successor has time to prove its books.
        self._oldest = self._limits.max_age - max(2.0, min(3600.0, self._limits.max_age * 0.05))
        self._outbox: deque[Send] = deque()
        self._sends = Pace(message_step(self._limits.sends_per_second))
        self._pauses = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._stop = threading.Event()
        self._trouble = ""
        self._reconnecting = False
        self._greeted = False
        """The connection was open before: its address is known to work."""
        self._bytes: tuple[int, ExchangeSocket | None] = 0, None
        """Received on the sockets before, and the newest socket. One value: other threads read it."""
        self._log = VenueLog(log, session.venue)
        self.thread = Supervised(f"feed-{session.venue.NAME}", self._run, self._stop, self._closed)

    @property
    def traffic(self) -> Received:
        """What came over all sockets of this connection."""
        before, socket = self._bytes
        return Received(self.session.messages, before + (socket.received_bytes if socket is not None else 0))

    def start(self) -> None:
        """Starts the thread."""
        self.thread.start()

    def stop(self) -> None:
        """Asks the thread to end; the thread closes the websocket first."""
        self._stop.set()

    def ask(self, effect: Callable[[], Iterable[Effect]]) -> None:
        """Runs this on the connection's thread at its next tick, if the connection is open then."""
        self._asked.append(effect)

    def may_reconnect_again(self) -> None:
        """The successor failed, or has taken over: the next reason to reconnect counts again."""
        self._reconnecting = False

    def join(self, timeout: float) -> None:
        """Waits for the thread."""
        if self.thread.is_alive() and self.thread is not threading.current_thread():
            self.thread.join(timeout)

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = self._attempt()
            if threads.pause(self._stop, pause):
                break
        self._closed(STOPPED)
        if self.tap is not None:
            self.tap.end()

    def _attempt(self) -> float:
        """Runs one connection from start to end; returns the seconds to wait before the next connection."""
        began = time.monotonic()
        least, most = 0.0, LONGEST_PAUSE
        try:
            with self._open_socket(self.session.path) as socket:
                self._bytes = self.traffic.bytes, socket
                self._greet()
                self._serve(socket)
            return 0.0
        except VenueError as error:
            if isinstance(error, ThrottledError):
                least = error.retry_after
            elif isinstance(error, RefusedError):
                least = REFUSED_PAUSE
            elif isinstance(error, MessageGapError):
                most = HOLE_PAUSE
            self._lost(error)
        except Exception as error:
            # A defect of ours in one venue's code must neither stop this venue for ever nor pass unseen.
            self._log.failed("the feed failed", error)
            self._closed("internal error, see the log")
            self._callbacks.lost(self)
        if time.monotonic() - began > HEALTHY:
            self._pauses.reset()
        return max(least, min(most, self._pauses.next()))

    def _greet(self) -> None:
        if self._trouble:
            self._log.say(logging.INFO, "connected again", event="connected")
        self._trouble = ""
        self._reconnecting = False
        self.connected = self._greeted = True
        self._outbox.clear()
        self._asked.clear()
        with self.session.lock:
            effects = self.session.opened(self._record(RawKind.OPENED, self.session.path))
        self._do(effects)

    def _lost(self, error: VenueError) -> None:
        """Logged once while the trouble stays the same, not once per attempt."""
        reason = str(error).replace(TLS_HINT, "") if self._greeted else str(error)
        self._closed(reason)
        self._callbacks.lost(self)
        level = logging.DEBUG if self._trouble == reason else logging.WARNING
        self._log.say(level, f"{reason}; trying again", event="connection_lost")
        self._trouble = reason

    def _serve(self, socket: ExchangeSocket) -> None:
        """Receives until the connection ends, which raises, or until we are asked to stop."""
        opened = last = next_tick = time.monotonic()
        while not self._stop.is_set():
            # Before waiting: a venue may say nothing at all until it is asked.
            patience = self._send_due(socket)
            try:
                message = socket.receive(patience)
                last = time.monotonic()
            except ReceiveTimeout:
                message = None
                if time.monotonic() - last > self._limits.dead:
                    raise VenueError(f"nothing was received for {self._limits.dead:g} s") from None
            if message is not None:
                self._do(self.session.receive(*message))
            now = time.monotonic()
            if now >= next_tick:
                next_tick = now + TICK
                self._tick(now - opened)

    def _send_due(self, socket: ExchangeSocket) -> float:
        """Sends the messages that the venue's pace allows; returns how many seconds to wait for an answer."""
        while self._outbox:
            delay = self._sends.delay()
            if delay > 0:
                return min(TICK, delay)
            message = self._outbox.popleft()
            socket.send(message.text)
            with self.session.lock:
                now = self._record(RawKind.SENT, message.text)
                if message.request is not None:
                    self.session.sent(message.request, now)
        return TICK

    # The session's lock is held while an event is recorded and used: the order of a recording is the order in which the
    # session had its messages and its answers by REST, which come on another thread.

    def _closed(self, reason: str) -> None:
        with self.session.lock:
            if self.connected:
                self._record(RawKind.CLOSED, reason)
                self.connected = False
            self.session.closed(VenueState.DOWN, reason)

    def _record(self, kind: RawKind, text: str) -> int:
        """Records an event of this moment; returns the moment, in monotonic nanoseconds."""
        now = clock.monotonic_ns()
        if self.tap is not None:
            self.tap.put(kind, text.encode(), clock.time_ns(), now)
        return now

    def _tick(self, age: float) -> None:
        while self._asked:
            self._do(self._asked.popleft()())
        with self.session.lock:
            effects = self.session.tick(self._record(RawKind.TICK, ""))
        self._do(effects)
        if age > self._oldest:
            self._reconnect("the connection is near the venue's age limit")
        self._callbacks.tick(self)

    def _reconnect(self, reason: str) -> None:
        if not self._reconnecting:
            self._reconnecting = True
            self._callbacks.reconnect(self, reason)

    def _do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, TradeReceived):
                self._callbacks.trade(effect.event, clock.time_ns())
            elif isinstance(effect, OpenInterestReceived):
                self._callbacks.interest(effect.event)
            elif isinstance(effect, FetchSnapshot):
                self._snapshots.fetch(self.session, effect)
            elif isinstance(effect, Send):
                self._outbox.append(effect)
            elif isinstance(effect, TradesStatus):
                self._callbacks.trades(self, effect)
            elif isinstance(effect, CheckListing):
                self._callbacks.check_listing(self, effect)
            elif isinstance(effect, TradesMissed):
                self._callbacks.missed(effect.stream)
            elif isinstance(effect, LogMessage):
                level = logging.WARNING if effect.error is None else logging.ERROR
                self._log.say(level, effect.text, error=effect.error, event="complaint")
            elif isinstance(effect, Reconnect) and effect.broken:
                raise MessageGapError(effect.reason) if effect.gap else VenueError(effect.reason)
            elif isinstance(effect, Reconnect):
                self._reconnect(effect.reason)
