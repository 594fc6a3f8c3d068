"""What the terminal view knows: written by the reading and the keyboard thread, read by the drawing one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ..events import Connected, Event, Reconnecting
from ..market_data.books import Book
from .feeds import Feed
from .frame import PANE_KEYS, VENUE_KEYS, Frame, Retry
from .keys import ESCAPE
from .markets import neighbour
from .panes import PaneModel

_RATE_WINDOW = 3.0
_STEPS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 100)
# Levels that are asked for come in steps, so that a window that is dragged larger does not ask at every line.
_ASK_STEP = 10


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
        self._came_at = self._shown_at = self._began_at = clock()
        self._arrivals: deque[float] = deque(maxlen=10_000)
        self._received = self._missed = self._missed_before = self._restarts = 0
        self._latency: float | None = None
        self._timing = False
        self._retry: Reconnecting | None = None
        self._retry_at = 0.0
        self._depth, self._chosen = levels, tuple(venues)
        self._fitting = self._most = 0  # levels per side that the screen shows, and that it had room for without panes
        self._markets: tuple[str, ...] = ()
        self._markets_asked = 0
        self._step = 0  # markets to go on by, once they are known
        self._known: tuple[str, ...] = tuple(venues)
        self._panes = PaneModel()
        self._panes.choose(market, self._chosen)
        self._paused = self._help = self._dirty = False
        self.quitting = False
        """The user pressed q."""
        self.error: BaseException | None = None
        """What ended the book for good, if anything did."""

    # Written by the reading threads

    def take(self, feed: Feed, asked: Hashable, message: Any, missed: int) -> None:
        """A message came; `missed` is its stream's count."""
        with self._changed:
            if feed is Feed.MARKETS:
                self._markets = message
                self._switch(self._step)
            elif feed is not Feed.BOOK:
                self._panes.take(feed, asked, message)
            elif asked == self._book_asked():
                self._take_book(message, missed)
            self._notify()

    def _take_book(self, book: Book, missed: int) -> None:
        self._book, self._retry = book, None
        self._came_at = self._clock()
        self._missed = self._missed_before + missed
        if not book.header.heartbeat:
            self._received += 1
            self._arrivals.append(self._came_at)
        new = [quality.venue for quality in book.venues if quality.venue not in self._known]
        self._known += tuple(new)

    def event(self, feed: Feed, event: Event) -> None:
        """A stream lost or found its server."""
        with self._changed:
            if feed is Feed.MARKETS:
                pass  # the book tells of the same server
            elif feed is not Feed.BOOK:
                self._panes.event(feed, event)
            elif isinstance(event, Reconnecting):
                self._retry, self._retry_at = event, self._clock() + event.delay
            elif isinstance(event, Connected):
                self._retry = None
                self._restarts += event.restarted
                self._markets_asked += bool(event.attempt)  # a server that is back may keep others
            self._notify()

    def ended(self, feed: Feed, missed: int) -> None:
        """A stream was closed for another; the book's count of missed states is kept."""
        if feed is Feed.BOOK:
            with self._changed:
                self._missed_before += missed

    def fail(self, feed: Feed, asked: Hashable, error: BaseException) -> None:
        """A stream cannot go on: the screen ends without its book, and goes on without a pane."""
        with self._changed:
            if feed is Feed.BOOK and asked == self._book_asked():
                self.error = error
            elif feed is Feed.MARKETS:
                self._markets = ()  # asked for again with the next key
            elif feed is not Feed.BOOK:
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
            elif key == ESCAPE:
                self._help = False
            elif key in "<>":
                self._ask_for_next(1 if key == ">" else -1)
            elif key == "=":
                self._depth = 0
            elif key == "+":
                self._depth = next((step for step in _STEPS if step > self._shown_depth()), _STEPS[-1])
            elif key in "-_":
                self._depth = next((step for step in reversed(_STEPS) if step < self._shown_depth()), _STEPS[0])
            elif key in "vV":
                self._chosen = self._next_choice()
            elif key in PANE_KEYS:
                self._panes.press(key)
            elif key in VENUE_KEYS:
                self._toggle(VENUE_KEYS.index(key))
            self._panes.choose(self._market, self._chosen)
            self._panes.show(self._shown)
            self._notify()

    def _shown_depth(self) -> int:
        """Levels a side on the screen."""
        if self._depth or self._book is None:
            return self._depth
        known = max(len(self._book.bids), len(self._book.asks))
        return min(known, self._fitting) if self._fitting else known

    def _current(self) -> str:
        """The market, by its name once it is known."""
        return self._market or (self._book.market if self._book else "")

    def _ask_for_next(self, step: int) -> None:
        """Another market. The server's list may have changed, so it is asked for again for the time after this."""
        self._markets_asked += 1
        if self._markets:
            self._switch(step)
        else:
            self._step += step

    def _switch(self, step: int) -> None:
        """Goes on to another market: nothing of the one before stays."""
        self._step = 0
        name = neighbour(self._markets, self._current(), step) if step else self._current()
        if name == self._current():
            return
        self._market, self._book, self._shown = name, None, None
        self._came_at = self._shown_at = self._began_at = self._clock()
        self._chosen, self._known = (), ()
        self._arrivals.clear()
        self._panes.choose(name, ())

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
            return {
                Feed.BOOK: self._book_asked(),
                Feed.MARKETS: (self._markets_asked,),
                **self._panes.wanted(),
            }

    def _book_asked(self) -> Hashable:
        fitting = -(-self._most // _ASK_STEP) * _ASK_STEP
        return self._market, self._depth or fitting, self._chosen

    def fit(self, levels: int, most: int) -> None:
        """The screen shows so many levels per side, and `most` if there is nothing else on it."""
        with self._changed:
            self._fitting, self._most = levels, most

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
                markets=self._markets,
                silence=max(0.0, now - self._shown_at),
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
        self._shown, self._shown_at, self._timing = self._book, self._came_at, self._same_host
        self._panes.show(self._shown)

    def _retry_left(self, now: float) -> Retry | None:
        if self._retry is None:
            return None
        gone = now - (self._came_at if self._book is not None else self._began_at)
        return Retry(gone, max(0.0, self._retry_at - now), self._retry.reason, self._retry.attempt)

    def _rate(self, now: float) -> float:
        while self._arrivals and self._arrivals[0] < now - _RATE_WINDOW:
            self._arrivals.popleft()
        return len(self._arrivals) / _RATE_WINDOW

    def _notify(self) -> None:
        self._dirty = True
        self._changed.notify_all()
