"""Applies each event of a venue's messages to the books, trades and subscriptions of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..model import Receipt, VenueState
from ..protocol.events import (
    Bbo,
    ChecksumSeen,
    Confirmed,
    Counted,
    Event,
    Frames,
    Heartbeat,
    Hello,
    OpenInterestUpdate,
    ReconnectRequest,
    Rejected,
    Reply,
    Restarted,
    Resubscribed,
    TradeEvent,
    Unread,
)  # fmt: skip
from ..protocol.venue import Venue
from .connection_books import ConnectionBooks
from .depth_messages import DepthMessages
from .effects import Effect, LogMessage, OpenInterestReceived, Reconnect, Send
from .routes import Routes
from .subscriptions import Subscriptions
from .trade_streams import TradeStreams

# Depth frames of one message, at most.
MAX_PARTS = 1000


class EventReader:
    """Reads events. `greeted` is called at the venue's greeting, and returns the messages to send then. Times are
    monotonic nanoseconds."""

    def __init__(
        self,
        venue: Venue,
        books: ConnectionBooks,
        depth: DepthMessages,
        trades: TradeStreams,
        routes: Routes,
        subscriptions: Subscriptions,
        greeted: Callable[[int], Sequence[Effect]],
    ) -> None:
        self._venue = venue
        self._books = books
        self._depth = depth
        self._trades = trades
        self._routes = routes
        self._subscriptions = subscriptions
        self._greeted = greeted

    def read(self, event: Event, at: Receipt) -> Iterable[Effect]:
        """The effects of one event."""
        now = at.monotonic
        if isinstance(event, TradeEvent):
            return self._trades.trade(event, now)
        if isinstance(event, Counted):
            return self._depth.count_message(event.number, now)
        if isinstance(event, Confirmed):
            self._subscriptions.confirmed(event)
            self._routes.confirm(event)
            return self._trades.report()
        if isinstance(event, Rejected):
            return self._rejected(event, now)
        if isinstance(event, Bbo):
            return self._bbo(event, now)
        if isinstance(event, ChecksumSeen):
            return self._depth.checksum(event, now)
        if isinstance(event, OpenInterestUpdate):
            stream = self._routes.stream(event.stream)
            self._subscriptions.received(stream)
            return (OpenInterestReceived(replace(event, stream=stream)),)
        if isinstance(event, Frames):
            return self._frames(event, at)
        return self._control(event, now)

    def _frames(self, event: Frames, at: Receipt) -> Iterable[Effect]:
        if len(event.frames) > MAX_PARTS:
            return self._depth.unread_part(event.frames[MAX_PARTS], at.monotonic)
        return [effect for data in event.frames for effect in self._depth.read_part(data, at)]

    def _bbo(self, event: Bbo, now: int) -> Iterable[Effect]:
        sync = self._routes.get(event.stream)
        if sync is None:
            return ()
        self._subscriptions.received(self._venue.ticker_stream(sync.plan.instrument))
        return self._books.guarded(sync, now, lambda: sync.bbo(event, now))

    def _control(self, event: Event, now: int) -> Iterable[Effect]:
        if isinstance(event, Hello):
            return self._greeted(now)
        if isinstance(event, Reply):
            return (Send(event.text),)
        if isinstance(event, ReconnectRequest):
            return (Reconnect(event.reason, broken=False),)
        if isinstance(event, Resubscribed):
            self._routes.confirm(Confirmed((event.stream,)))
        elif isinstance(event, Unread):
            return self._unread(event)
        elif isinstance(event, Restarted):
            self._books.rebuild(VenueState.STALE, event.reason, now)
        else:
            assert isinstance(event, Heartbeat)
        return ()

    def _unread(self, event: Unread) -> Iterable[Effect]:
        """A part of a message could not be read: a trade of the stream that is named, or of any where none is."""
        stream = self._routes.stream(event.stream)
        missed = [stream] if stream in self._trades.names else [] if stream else self._trades.names
        return [LogMessage(event.reason), *self._trades.missed(missed)]

    def _rejected(self, event: Rejected, now: int) -> list[Effect]:
        """A stream that the venue refuses is requested with growing pauses; the other streams of its request are
        requested again at once."""
        effects: list[Effect] = [LogMessage(f"the venue rejected {event.stream or 'a request'}: {event.reason}")]
        for subscription in self._subscriptions.rejected(event, now):
            sync = self._routes.get(subscription.stream)
            if sync is not None:
                sync.refused(event.reason, subscription.refusals)
                effects += self._books.requests(sync, now)
        return [*effects, *self._subscriptions.due(now), *self._trades.report()]
