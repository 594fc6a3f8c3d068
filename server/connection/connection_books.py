"""The books of one connection, and the effects that they request."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..book.depth_reader import Frame
from ..book.plan_proof import check_plan
from ..book.synchronizer import BookSynchronizer
from ..model import Instrument, Receipt, VenueState
from ..protocol.venue import Venue
from .effects import CheckListing, Effect, FetchSnapshot, LogMessage, Reconnect
from .provisional_books import ProvisionalBooks
from .routes import Routes
from .subscriptions import Subscriptions


class ConnectionBooks:
    """Runs steps on one book at a time, and collects the effects that the book requests. Trouble with one book does not
    affect other books.

    Times are monotonic nanoseconds. ValueError for a book whose plan leaves out a check that the venue offers.
    """

    def __init__(
        self,
        venue: Venue,
        syncs: Sequence[BookSynchronizer],
        provisional: ProvisionalBooks,
        routes: Routes,
        subscriptions: Subscriptions,
    ) -> None:
        for sync in syncs:
            check_plan(venue, sync.plan)
        self.syncs = tuple(syncs)
        self.provisional = provisional
        self._routes = routes
        self._subscriptions = subscriptions
        self._reopened = False
        """The connection was opened anew because it brought no book at all; it has brought none since."""

    @property
    def all(self) -> tuple[BookSynchronizer, ...]:
        """The books and the provisional books that are needed now."""
        return (*self.syncs, *self.provisional.syncs) if self.provisional else self.syncs

    def opened(self, now: int) -> None:
        """All streams are requested."""
        for sync in self.all:
            sync.opened(now)

    def closed(self, state: VenueState, reason: str) -> None:
        """The connection has ended: provisional books are shown again where snapshots have to wait again."""
        for sync in self.all:
            sync.closed(state, reason)
        for provisional in self.provisional.stand_in(state, reason):
            self._routes.add(provisional)
            self._subscriptions.add(provisional.plan.stream)

    def drop(self, instrument: Instrument) -> set[str]:
        """Removes the books of one instrument; returns the names of their streams."""
        gone = [sync for sync in self.all if sync.plan.instrument == instrument]
        for sync in gone:
            sync.release()
            self._routes.drop(sync)
        self.syncs = tuple(sync for sync in self.syncs if sync not in gone)
        self.provisional.drop(gone)
        return {sync.plan.stream for sync in gone}

    # -- what is done with a book --------------------------------------------------------------------------------

    def frame(self, sync: BookSynchronizer, frame: Frame, data: bytes, at: Receipt) -> Sequence[Effect]:
        """A depth frame of this book arrived; `data` is its message."""
        try:
            sync.frame(frame, data, at)
        except Exception as error:
            return self.broken(sync, error, at.monotonic)
        return self.requests(sync, at.monotonic)

    def unreadable(self, sync: BookSynchronizer, reason: str, now: int) -> Sequence[Effect]:
        """A frame that may have been this book's could not be read."""
        return self.guarded(sync, now, lambda: sync.unreadable(reason, now))

    def rebuild(self, state: VenueState, reason: str, now: int) -> None:
        """Builds every book anew: the missing message may have concerned any book."""
        for sync in self.syncs:
            sync.rebuild(state, reason, now)

    def tick(self, sync: BookSynchronizer, now: int) -> Sequence[Effect]:
        """Time passes for one book."""
        try:
            if not self.provisional and sync.rests(now):
                return ()
            sync.tick(now)
        except Exception as error:
            return self.broken(sync, error, now)
        return self.requests(sync, now)

    def guarded(self, sync: BookSynchronizer, now: int, step: Callable[[], None]) -> Sequence[Effect]:
        """Runs this step on one book."""
        try:
            step()
        except Exception as error:
            return self.broken(sync, error, now)
        return self.requests(sync, now)

    def broken(self, sync: BookSynchronizer, error: Exception, now: int) -> list[Effect]:
        """A defect of onebook concerned one book: this book is built anew."""
        sync.rebuild(VenueState.SUSPECT, f"internal error: {error!r}", now)
        complaint = LogMessage(f"{sync.plan.stream}: the book could not be kept", error)
        return [complaint, *self.requests(sync, now)]

    # -- what a book asks for ------------------------------------------------------------------------------------

    def requests(self, sync: BookSynchronizer, now: int) -> list[Effect]:
        """Collects the effects that a book requests now. From here on the fast lane takes frames in plain order, unless
        other work on the book is in progress."""
        effects: list[Effect] = []
        if self.provisional and (passed := self.provisional.pass_over(sync)) is not None:
            self._routes.drop(passed)
            self._subscriptions.end_soon(passed.plan.stream, now)
        requests, plan = sync.take_requests(now), sync.plan
        if requests.snapshot and plan.rest_snapshot is not None:
            effects.append(FetchSnapshot(sync, plan.rest_snapshot, sync.subscription, requests.quiet))
        if requests.audit and plan.audit is not None:
            effects.append(FetchSnapshot(sync, plan.audit, sync.subscription, audit=True))
        if requests.complaint:
            effects.append(LogMessage(f"{plan.stream}: {requests.complaint}"))
        if requests.resubscribe:
            effects += self._subscriptions.repeat(sync, now)
        if requests.question is not None:
            effects.append(self._check_listing(sync, *requests.question))
        sync.settle()
        return effects

    def _check_listing(self, sync: BookSynchronizer, reason: str, hopeless: bool) -> Effect:
        """The venue sends no book of this pair. If the connection brings no book at all, the connection may be the
        cause: it is opened anew, once."""
        if any(other.live for other in self.syncs):
            self._reopened = False
        elif not (hopeless or self._reopened) and not any(other.spoke for other in self.syncs):
            self._reopened = True
            return Reconnect(
                f"no book comes on this connection, though subscribed; {sync.plan.stream}: {reason}", broken=True
            )
        return CheckListing(sync.plan.instrument, reason, hopeless)
