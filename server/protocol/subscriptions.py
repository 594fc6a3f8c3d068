"""What one connection asks the venue for: its streams, and what is sent to begin, end and repeat them."""

from __future__ import annotations

from collections.abc import Container, Iterable

from .actions import Action, Send
from .book_sync import BookSync
from .routes import Routes
from .stream_request import StreamRequest
from .venue import Venue

SECOND = 1_000_000_000
# Streams that are of no use any more are ended together: venues count messages, not the names in them.
GATHER = SECOND


class Subscriptions:
    """The streams of one connection, in the order in which they are asked for. Times are monotonic nanoseconds."""

    def __init__(self, venue: Venue, streams: Iterable[str], routes: Routes) -> None:
        self._venue = venue
        self._streams = list(dict.fromkeys(streams))
        self._routes = routes
        self._later: list[tuple[int, BookSync]] = []
        """Books whose stream was ended and is to begin again at this time."""
        self._useless: list[str] = []
        self._useless_until = 0

    @property
    def path(self) -> str:
        """Path below the venue's websocket endpoint."""
        return self._venue.stream_path(self._streams)

    def forget(self) -> None:
        """The connection is new: nothing was asked for."""
        self._later.clear()
        self._useless.clear()
        self._routes.forget()

    def begin(self) -> list[Action]:
        """Asks for everything."""
        return [*map(Send, self._venue.opening()), *_sends(self._venue.subscribe(self._streams))]

    def add(self, stream: str) -> None:
        """One more stream, to be asked for with the next connection."""
        self._streams.append(stream)

    def end(self, names: Container[str]) -> list[Action]:
        """Ends these streams for good, also those that were to begin again."""
        self._later = [(at, sync) for at, sync in self._later if sync.plan.stream not in names]
        ended = [self._given(stream) for stream in self._streams if stream in names]
        self._streams = [stream for stream in self._streams if stream not in names]
        return _sends(self._venue.unsubscribe(ended)) if ended else []

    def end_soon(self, stream: str, now: int) -> None:
        """Ends a stream that is of no use any more, with others like it."""
        if not self._useless:
            self._useless_until = now + GATHER
        self._useless.append(self._given(stream))
        self._streams.remove(stream)
        self._later = [(at, sync) for at, sync in self._later if sync.plan.stream != stream]

    def repeat(self, sync: BookSync, now: int) -> list[Action]:
        """Ends the stream of a book, which begins again after the venue's pause; the others go on."""
        stream = sync.plan.stream
        ended = self._venue.unsubscribe([self._given(stream)])
        self._routes.withdraw(stream)
        self._later.append((now + int(self._venue.LIMITS.resubscribe_pause * SECOND), sync))
        return [*_sends(ended), *self.due(now)]

    def due(self, now: int) -> list[Action]:
        """Begins the streams whose pause is over, and ends those that have waited for it."""
        actions: list[Action] = []
        if self._useless and now >= self._useless_until:
            actions += _sends(self._venue.unsubscribe(self._useless))
            self._useless = []
        due = [sync for at, sync in self._later if at <= now]
        self._later = [(at, sync) for at, sync in self._later if at > now]
        for sync in due:
            actions += _sends(self._venue.subscribe([sync.plan.stream]))
            sync.opened(now)
        return actions

    def _given(self, stream: str) -> str:
        """What the venue calls a stream."""
        return self._routes.given(stream) or stream


def _sends(requests: Iterable[StreamRequest]) -> list[Action]:
    return [Send(request.text) for request in requests]
