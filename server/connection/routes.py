"""Finds the book and the stream of a message by the route that the frame names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..book.synchronizer import BookSynchronizer
from ..protocol.events import Confirmed


def _nobody() -> None:
    """Nobody keeps what a route leads to."""


class Routes:
    """The routes of one connection: fixed by the venue's names, or given by the venue in its answer to a subscription.
    `on_change` is called when a route may lead to another book than before."""

    def __init__(self, syncs: Iterable[BookSynchronizer], on_change: Callable[[], None] = _nobody) -> None:
        self._on_change = on_change
        self._fixed = {sync.plan.route or sync.plan.stream: sync for sync in syncs}
        self._books = {sync.plan.stream: sync for sync in self._fixed.values()}
        self._routes = dict(self._fixed)
        self._streams: dict[str, str] = {}

    def get(self, route: str) -> BookSynchronizer | None:
        """The book that frames with this route change; also by the name of its stream."""
        return self._routes.get(route) or self._books.get(route)

    def named_in(self, data: bytes) -> set[BookSynchronizer]:
        """The books whose route or stream appears in these bytes, which cannot be decoded."""
        return {
            sync for names in (self._routes, self._books) for name, sync in names.items() if name.encode() in data
        }  # fmt: skip

    def stream(self, name: str) -> str:
        """The stream behind a given route; other names are streams already."""
        return self._streams.get(name, name)

    def given(self, stream: str) -> str:
        """The route that was given out for a stream; empty if none was."""
        return next((route for route, name in self._streams.items() if name == stream), "")

    def confirm(self, event: Confirmed) -> None:
        """Subscriptions were confirmed, possibly with a route."""
        for stream in event.streams:
            sync = self._books.get(stream)
            if event.route:
                self._streams[event.route] = stream
                if sync is not None:
                    self._routes[event.route] = sync
                self._on_change()
            if sync is not None:
                sync.confirmed()

    def withdraw(self, stream: str) -> None:
        """The route given for this stream no longer belongs to it: messages that still have the route are late."""
        route = self.given(stream)
        if route:
            del self._streams[route]
            self._routes.pop(route, None)
            self._on_change()

    def add(self, sync: BookSynchronizer) -> None:
        """One more book; its frames come with the next subscription."""
        self._fixed[sync.plan.route or sync.plan.stream] = self._books[sync.plan.stream] = sync
        self._on_change()

    def drop(self, sync: BookSynchronizer) -> None:
        """This book is of no interest any more."""
        self._routes = {route: other for route, other in self._routes.items() if other is not sync}
        self._books.pop(sync.plan.stream, None)
        self._on_change()

    def forget(self) -> None:
        """A new connection: routes will be given out anew."""
        self._streams.clear()
        self._routes = {route: sync for route, sync in self._fixed.items() if sync.plan.stream in self._books}
        self._on_change()
