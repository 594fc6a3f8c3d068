"""One connection's protocol: which books and trades it carries, what to send, and what each frame means.

Pure: the connection thread hands in frames, snapshots and the time, and takes actions out. Snapshots arrive on another
thread, hence the lock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import CorruptError, FrameError
from ..model import Receipt, VenueState
from .book_sync import BookSync
from .depth_reader import DepthReader
from .venue import Beat, Confirmed, ReconnectRequest, Rejected, RestRequest, TradeEvent, Venue

SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text message."""

    text: str


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Fetch this and hand it with the answer to Session.snapshot() or snapshot_failed()."""

    sync: BookSync
    request: RestRequest
    subscription: int
    """BookSync.subscription when it was asked for."""


@dataclass(frozen=True, slots=True)
class Renew:
    """Open another connection and leave this one when it has taken over; at once if `broken`."""

    reason: str
    broken: bool


@dataclass(frozen=True, slots=True)
class TradeSeen:
    """A trade of this stream."""

    event: TradeEvent


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something for the log: the venue rejected a request, or sent what could not be read."""

    text: str


Action = Send | FetchSnapshot | Renew | TradeSeen | Complaint


class Session:
    """The books and trades of one connection."""

    def __init__(self, venue: Venue, syncs: Sequence[BookSync], trade_streams: Sequence[str]) -> None:
        self.venue = venue
        self.syncs = tuple(syncs)
        self.lock = threading.Lock()
        """Guards all of this object and its books."""
        self._routes = {sync.plan.stream: sync for sync in syncs}
        self._streams = [*self._routes, *trade_streams]
        self._reader = DepthReader(venue.DEPTH)
        self._snapshot_reader = DepthReader(venue.DEPTH)
        self._next_heartbeat = 0

    @property
    def path(self) -> str:
        """Path below the venue's websocket endpoint."""
        return self.venue.stream_path(self._streams)

    @property
    def live(self) -> bool:
        """Whether every book is live."""
        return all(sync.live for sync in self.syncs)

    def opened(self, now: int) -> list[Action]:
        """The connection is up (monotonic nanoseconds)."""
        with self.lock:
            self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
            for sync in self.syncs:
                sync.opened(now)
            return [Send(text) for text in self.venue.subscribe(self._streams)]

    def closed(self, state: VenueState, reason: str) -> None:
        """The connection is gone, or could not be made."""
        with self.lock:
            for sync in self.syncs:
                sync.closed(state, reason)

    def receive(self, data: bytes, at: Receipt) -> Sequence[Action]:
        """A text or binary message arrived."""
        with self.lock:
            frame = self._reader.scan(data)
            if frame is not None:
                sync = self._routes.get(frame.route)
                if sync is not None:
                    sync.frame(frame, data, at)
                    return self._wishes(sync, at.monotonic)
                return ()
            return self._receive_slowly(data, at)

    def snapshot(self, fetch: FetchSnapshot, body: bytes, at: Receipt) -> None:
        """The answer to a FetchSnapshot. What the book wants after it comes out of the next receive() or tick().

        One that a connection since lost has asked for is dropped: it may be older than the new subscription.
        """
        with self.lock:
            if fetch.subscription == fetch.sync.subscription:
                fetch.sync.snapshot(self._snapshot_reader, body, at)

    def snapshot_failed(self, fetch: FetchSnapshot, reason: str, now: int, retry_after: float = 0.0) -> None:
        """The snapshot cannot be had now."""
        with self.lock:
            if fetch.subscription == fetch.sync.subscription:
                fetch.sync.snapshot_failed(reason, now, retry_after)

    def tick(self, now: int) -> list[Action]:
        """Time passes; call it a few times a second."""
        actions: list[Action] = []
        with self.lock:
            for sync in self.syncs:
                sync.tick(now)
                actions += self._wishes(sync, now)
            text = self.venue.heartbeat()
            if text is not None and now >= self._next_heartbeat:
                self._next_heartbeat = now + int(self.venue.LIMITS.heartbeat * SECOND)
                actions.append(Send(text))
        return actions

    def _wishes(self, sync: BookSync, now: int) -> list[Action]:
        wishes = sync.take_wishes(now)
        actions: list[Action] = []
        if wishes.snapshot and sync.plan.snapshot is not None:
            actions.append(FetchSnapshot(sync, sync.plan.snapshot, sync.subscription))
        if wishes.resubscribe:
            actions += self._resubscribe(sync, now)
        if wishes.reconnect:
            actions.append(Renew(f"{sync.plan.stream}: {wishes.reconnect}", broken=True))
        return actions

    def _resubscribe(self, sync: BookSync, now: int) -> Iterator[Action]:
        """Only this stream: the others on the connection go on."""
        for text in (*self.venue.unsubscribe([sync.plan.stream]), *self.venue.subscribe([sync.plan.stream])):
            yield Send(text)
        sync.opened(now)

    def _receive_slowly(self, data: bytes, at: Receipt) -> Sequence[Action]:
        """Everything that the depth scanner does not know."""
        try:
            event = self.venue.read(data)
            if event is None:
                return self._depth_slowly(data, at)
        except CorruptError as error:
            return self._corrupt(str(error), at.monotonic)
        except FrameError as error:
            return (Complaint(str(error)),)
        if isinstance(event, TradeEvent):
            return (TradeSeen(event),)
        if isinstance(event, ReconnectRequest):
            return (Renew(event.reason, broken=False),)
        if isinstance(event, Rejected):
            return (Complaint(f"the venue rejected a request: {event.reason}"),)
        assert isinstance(event, Confirmed | Beat)
        return ()

    def _depth_slowly(self, data: bytes, at: Receipt) -> Sequence[Action]:
        sync = self._routes.get(self._reader.route(data))
        if sync is None:
            return ()
        try:
            frame = self._reader.read(data)
        except FrameError as error:
            frame, reason = None, str(error)
        else:
            reason = "it has no levels"
        if frame is not None:
            sync.frame(frame, data, at)
            return self._wishes(sync, at.monotonic)
        sync.unreadable(f"a depth frame could not be read: {reason}", at.monotonic)
        return (Complaint(f"{sync.plan.stream}: {reason}: {data[:120]!r}"), *self._wishes(sync, at.monotonic))

    def _corrupt(self, reason: str, now: int) -> list[Action]:
        """What cannot be decoded may have been a change of any book whose holes cannot be seen otherwise."""
        actions: list[Action] = [Complaint(reason)]
        for sync in self.syncs:
            if not sync.rule.sees_holes:
                sync.unreadable("a frame could not be read", now)
                actions += self._wishes(sync, now)
        return actions
