"""The subscriptions of one connection: its streams, and the messages that begin, end and repeat them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from ..book.synchronizer import BookSynchronizer
from ..protocol.events import Confirmed, Rejected
from ..protocol.stream_request import StreamRequest
from ..protocol.venue import Venue
from ..units import SECOND
from .effects import Effect, Send
from .open_requests import OpenRequests
from .routes import Routes
from .subscription import Subscription, SubscriptionState

# Streams that are of no use any more are ended together: venues count messages, not the names in them.
GATHER = SECOND


class Subscriptions:
    """The streams of one connection, in the order of their requests. Times are monotonic nanoseconds.

    Every stream has a state of its own (Subscription). Streams that were refused together, or were not answered, are
    requested again one by one. If the venue's refusals name no stream, only one such request is in progress at a time,
    so that a refusal concerns one stream.
    """

    def __init__(self, venue: Venue, streams: Iterable[str], routes: Routes) -> None:
        self._venue = venue
        self._all = {stream: Subscription(stream, venue.CONFIRMS) for stream in streams}
        self._routes = routes
        self._later: list[tuple[int, BookSynchronizer]] = []
        """Books whose stream was ended and is to begin again at this time."""
        self._useless: list[str] = []
        self._useless_until = 0
        self._open = OpenRequests()
        self._next_number = 1
        self._single: str | None = None
        """The stream that is requested alone, if refusals name no stream."""
        self._nameless = False
        """The venue's refusals do not name the stream."""

    @property
    def path(self) -> str:
        """Path below the venue's websocket endpoint."""
        return self._venue.stream_path(list(self._all))

    def get(self, stream: str) -> Subscription | None:
        """The subscription of this stream."""
        return self._all.get(stream)

    # -- what is asked for ---------------------------------------------------------------------------------------

    def forget(self) -> None:
        """The connection is new: no stream is requested yet."""
        self._later.clear()
        self._useless.clear()
        self._routes.forget()
        self._open.clear()
        self._next_number, self._single = 1, None
        for subscription in self._all.values():
            subscription.begin()

    def begin(self) -> list[Effect]:
        """Asks for everything."""
        return [*map(Send, self._venue.opening()), *self._ask(list(self._all))]

    def add(self, stream: str) -> None:
        """Adds a stream, to be requested with the next connection."""
        self._all.setdefault(stream, Subscription(stream, self._venue.CONFIRMS))

    def end(self, names: Container[str]) -> list[Effect]:
        """Ends these streams for good, even if they were about to begin again."""
        self._later = [(at, sync) for at, sync in self._later if sync.plan.stream not in names]
        ended = [stream for stream in self._all if stream in names]
        effects = self._end([self._given(stream) for stream in ended]) if ended else []
        for stream in ended:
            del self._all[stream]
        return effects

    def end_soon(self, stream: str, now: int) -> None:
        """Ends a stream that is of no use any more, with others like it."""
        if not self._useless:
            self._useless_until = now + GATHER
        self._useless.append(self._given(stream))
        del self._all[stream]
        self._later = [(at, sync) for at, sync in self._later if sync.plan.stream != stream]

    def repeat(self, sync: BookSynchronizer, now: int) -> list[Effect]:
        """Ends the stream of a book, which begins again after the venue's pause; other streams continue."""
        return [*self._restart(sync, now), *self.due(now)]

    def _restart(self, sync: BookSynchronizer, now: int) -> list[Effect]:
        if any(waiting is sync for _, waiting in self._later):
            return []  # It has ended already: a second begin would take the book of the first.
        stream = sync.plan.stream
        ended = self._end([self._given(stream)])
        self._routes.withdraw(stream)
        self._later.append((now + self._pause, sync))
        return ended

    def mute(self, stream: str, now: int) -> list[Effect]:
        """This stream is silent although it should be busy: it is ended, and requested again after a pause."""
        subscription = self._all.get(stream)
        if subscription is None or not subscription.accepted:
            return []
        subscription.mute(now)
        return self._end([self._given(stream)])

    def due(self, now: int) -> list[Effect]:
        """Begins the streams whose pause is over, ends streams that wait for their end, and requests refused or
        unanswered streams again."""
        effects: list[Effect] = []
        if self._useless and now >= self._useless_until:
            effects += self._end(self._useless)
            self._useless = []
        if self._later:
            effects += self._begin_again(now)
        return effects + self._again(now)

    def settled(self, streams: Iterable[str]) -> bool:
        """Whether due() has nothing to do as long as nothing is said about subscriptions, and these streams are known
        to speak."""
        if self._useless or self._later or self._single is not None:
            return False
        received = SubscriptionState.RECEIVED
        spoken = all((known := self._all.get(stream)) is not None and known.state is received for stream in streams)
        return spoken and not any(subscription.waits for subscription in self._all.values())

    def _begin_again(self, now: int) -> list[Effect]:
        """Begins the streams whose pause is over."""
        effects: list[Effect] = []
        due = [sync for at, sync in self._later if at <= now]
        self._later = [(at, sync) for at, sync in self._later if at > now]
        for sync in due:
            subscription = self._all.get(sync.plan.stream)
            if subscription is not None:
                if subscription.state is not SubscriptionState.OVERDUE:
                    subscription.begin()
                effects += self._ask([sync.plan.stream])
            sync.opened(now)
        return effects

    def _again(self, now: int) -> list[Effect]:
        """Requests refused or unanswered streams again."""
        effects: list[Effect] = []
        restless = [(stream, subscription) for stream, subscription in self._all.items() if subscription.waits]
        for stream, subscription in restless:
            if subscription.lapse(now):
                self._open.forget(stream)
        if self._single is not None and not self._is_under_way(self._single):
            self._single = None
        waiting = {sync.plan.stream for _, sync in self._later} if restless else set()
        for stream, subscription in restless:
            if self._nameless and self._single is not None:
                break
            if stream not in waiting and subscription.due(now):
                self._open.forget(stream)
                self._single = stream if self._nameless else None
                sync = self._routes.get(stream)
                if subscription.state is SubscriptionState.OVERDUE and sync is not None:
                    # It may be in force, and only its confirmation was lost: the book has to begin anew.
                    subscription.asked()
                    effects += self._restart(sync, now)
                else:
                    effects += self._ask([stream])
        return effects

    def _is_under_way(self, stream: str) -> bool:
        subscription = self._all.get(stream)
        return subscription is not None and (subscription.unanswered or self._open.waits(stream))

    # -- what the venue says -------------------------------------------------------------------------------------

    def sent(self, request: StreamRequest, now: int) -> None:
        """A request that begins streams has left."""
        self._open.sent(request)
        for stream in request.streams:
            subscription = self._all.get(stream)
            if subscription is not None:
                subscription.sent(now)

    def received(self, stream: str) -> bool:
        """A message of this stream arrived; returns whether it is the first."""
        subscription = self._all.get(stream)
        if subscription is None or subscription.state is SubscriptionState.RECEIVED:
            return False
        subscription.received()
        self._open.forget(stream)
        return True

    def confirmed(self, event: Confirmed) -> None:
        """Subscriptions were confirmed."""
        for stream in self._open.answered(event.streams, event.request):
            subscription = self._all.get(stream)
            if subscription is not None:
                subscription.confirmed()

    def rejected(self, event: Rejected, now: int) -> Sequence[Subscription]:
        """Subscriptions were refused; returns the streams that the venue refused in a request of their own."""
        named = (event.stream,) if event.stream and not event.request else ()
        request = self._open.answered(named, event.request)
        self._nameless = self._nameless or not (event.stream or event.request)
        blamed = [event.stream] if event.stream in self._all else list(request) if len(request) == 1 else []
        refused = []
        for stream in {*request, *blamed}:
            subscription = self._all.get(stream)
            if subscription is not None:
                subscription.refused(event.reason, now, alone=stream in blamed)
                if stream in blamed:
                    refused.append(subscription)
        return refused

    # -- requests ------------------------------------------------------------------------------------------------

    @property
    def _pause(self) -> int:
        return int(self._venue.LIMITS.resubscribe_pause * SECOND)

    def _ask(self, streams: Sequence[str]) -> list[Effect]:
        for stream in streams:
            self._all[stream].asked()
        requests = self._numbered(self._venue.subscribe(streams, self._next_number))
        self._open.wanted(requests)
        return [Send(request.text, request) for request in requests]

    def _end(self, given: Sequence[str]) -> list[Effect]:
        return [Send(request.text) for request in self._numbered(self._venue.unsubscribe(given, self._next_number))]

    def _numbered(self, requests: list[StreamRequest]) -> list[StreamRequest]:
        self._next_number += len(requests)
        return requests

    def _given(self, stream: str) -> str:
        """What the venue calls a stream."""
        return self._routes.given(stream) or stream
