"""What the terminal view knows: written by the reading and the keyboard thread, read by the drawing one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ..events import Event, Reconnecting
from ..messages import Book
from .feeds import Feed
from .frame import PANE_KEYS, VENUE_KEYS, Frame, Retry
from .panes import PaneModel

_RATE_WINDOW = 3.0
_STEPS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100)


class Model:
    """Newest book, panes, connection, and the user's choices. Every method may be called from any thread."""

    def __init__(
        self,
        target: str,
        market: str,
        levels: int = 0,
        venues: Sequence[str] = (),
        same_host: bool = False,
        ascii_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall_nanos: Callable[[], int] = time.time_ns,
    ) -> None:
        self._changed = threading.Condition()  # guards everything below
        self._target, self._market = target, market
        self._same_host, self._ascii = same_host, ascii_only
        self._clock, self._wall_nanos = clock, wall_nanos
        self._book: Book | None = None
        self._shown: Book | None = None
        self._arrivals: deque[float] = deque(maxlen=10_000)
        self._received = self._missed = self._missed_before = self._restarts = 0
        self._latency: float | None = None
        self._timing = False
        self._retry: Reconnecting | None = None
        self._retry_at = 0.0
        self._depth, self._chosen = levels, tuple(venues)
        self._known: tuple[str, ...] = tuple(venues)
        self._panes = PaneModel()
        self._panes.choose(self._chosen)
        self._paused = self._help = self._dirty = False
        self.quitting = False
        """The user pressed q."""
        self.error: BaseException | None = None
        """What ended the book for good, if anything did."""

    # Written by the reading threads

    def take(self, feed: Feed, asked: Hashable, message: Any, missed: int) -> None:
        """A message came; `missed` is its stream's count."""
        with self._changed:
            if feed is not Feed.BOOK:
                self._panes.take(feed, asked, message)
            elif asked == (self._depth, self._chosen):
                self._take_book(message, missed)
            self._notify()

    def _take_book(self, book: Book, missed: int) -> None:
        self._book, self._retry = book, None
        self._missed = self._missed_before + missed
        self._received += 1
        self._arrivals.append(self._clock())
        new = [quality.venue for quality in book.venues if quality.venue not in self._known]
        self._known += tuple(new)

    def event(self, feed: Feed, event: Event) -> None:
        """A stream lost or found its server."""
        with self._changed:
            if feed is not Feed.BOOK:
                self._panes.event(feed, event)
            elif isinstance(event, Reconnecting):
                self._retry, self._retry_at = event, self._clock() + event.delay
            else:
                self._retry = None
                self._restarts += event.restarted
            self._notify()

    def ended(self, feed: Feed, missed: int) -> None:
        """A stream was closed for another; the book's count of missed states is kept."""
        if feed is Feed.BOOK:
            with self._changed:
                self._missed_before += missed

    def fail(self, feed: Feed, asked: Hashable, error: BaseException) -> None:
        """A stream cannot go on: the screen ends without its book, and goes on without a pane."""
        with self._changed:
            if feed is Feed.BOOK:
                self.error = error
            else:
                self._panes.fail(feed, asked, error)
            self._notify()

    # Written by the keyboard thread

    def press(self, key: str) -> None:
        """A key."""
        with self._changed:
            if key in "qQ":
                self.quitting = True
            elif key == " ":
                self._paused = not self._paused
                self._panes.hold(self._paused)
            elif key in "?hH":
                self._help = not self._help
            elif key in "+=":
                self._depth = next((step for step in _STEPS if step > self._shown_depth()), _STEPS[-1])
            elif key in "-_":
                self._depth = next((step for step in reversed(_STEPS) if step < self._shown_depth()), _STEPS[0])
            elif key in "vV":
                self._chosen = self._next_choice()
            elif key in PANE_KEYS:
                self._panes.press(key, self._shown)
            elif key in VENUE_KEYS:
                self._toggle(VENUE_KEYS.index(key))
            self._panes.choose(self._chosen)
            self._notify()

    def _shown_depth(self) -> int:
        if self._depth or self._book is None:
            return self._depth
        return max(len(self._book.bids), len(self._book.asks))

    def _next_choice(self) -> tuple[str, ...]:
        choices: list[tuple[str, ...]] = [(), *((name,) for name in self._known)]
        place = choices.index(self._chosen) if self._chosen in choices else -1
        return choices[(place + 1) % len(choices)]

    def _toggle(self, place: int) -> None:
        if place >= len(self._known):
            return
        name, current = self._known[place], self._chosen or self._known
        wanted = tuple(other for other in self._known if (other in current) != (other == name))
        self._chosen = () if wanted == self._known else wanted

    # Read by the drawing thread

    def wanted(self) -> dict[Feed, Hashable]:
        """What is to be asked for on each feed: levels and venues of the book, and what the open panes need."""
        with self._changed:
            return {Feed.BOOK: (self._depth, self._chosen), **self._panes.wanted()}

    def wait(self, timeout: float) -> None:
        """Until something changed, at most `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._dirty, timeout)
            self._dirty = False

    def frame(self) -> Frame:
        """The moment to draw."""
        with self._changed:
            now = self._clock()
            self._show()
            return Frame(
                target=self._target,
                market=self._shown.market if self._shown else self._market or "the server's first market",
                book=self._shown,
                retry=self._retry_left(now),
                restarts=self._restarts,
                rate=self._rate(now),
                received=self._received,
                missed=self._missed,
                latency=self._latency,
                depth=self._depth,
                known=self._known,
                chosen=self._chosen,
                panes=self._panes.view(),
                paused=self._paused,
                help=self._help,
                ascii=self._ascii,
            )

    def drawn(self) -> None:
        """The last frame is on the screen: how old is its book?"""
        with self._changed:
            if self._shown is not None and self._timing:
                self._latency = max(0.0, (self._wall_nanos() - self._shown.header.publish_time_nanos) / 1e9)
            self._timing = False

    def _show(self) -> None:
        """Move the newest book to the screen, unless it is held."""
        if self._book is None or self._book is self._shown or self._paused:
            return
        self._shown, self._timing = self._book, self._same_host

    def _retry_left(self, now: float) -> Retry | None:
        if self._retry is None:
            return None
        return Retry(max(0.0, self._retry_at - now), self._retry.reason, self._retry.attempt)

    def _rate(self, now: float) -> float:
        while self._arrivals and self._arrivals[0] < now - _RATE_WINDOW:
            self._arrivals.popleft()
        return len(self._arrivals) / _RATE_WINDOW

    def _notify(self) -> None:
        self._dirty = True
        self._changed.notify_all()
