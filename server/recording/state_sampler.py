"""Digests of all live books, put into the recording once per second: what a replay is held against."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from .. import clock
from ..market.market import Market
from ..model import Pair
from ..neighbours import recording
from ..threads import Supervised, pause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recording.bodies import BookState

PERIOD = 1.0
"""Seconds between two samples of a book, unless there are more than MOST."""
MOST = 1000
"""Books of one sample: with more of them each has its turn less often."""


class StateSampler:
    """The thread that samples. `put` takes the books of one sample."""

    def __init__(self, markets: Mapping[Pair, Market], put: Callable[[Sequence[BookState]], None]) -> None:
        self._markets = markets
        self._put = put
        self._next = 0
        self._stop = threading.Event()
        self.thread = Supervised("state-sampler", self._run, self._stop)

    def start(self) -> None:
        """Starts the thread."""
        self.thread.start()

    def stop(self) -> None:
        """Ends the thread, after a last sample."""
        self._stop.set()
        if self.thread.is_alive():
            self.thread.join(PERIOD)
        self.sample()

    def _run(self) -> None:
        while not pause(self._stop, PERIOD):
            self.sample()

    def sample(self) -> None:
        """Puts the digests of the next MOST books, if any of them is live."""
        books = [(market, venue) for market in list(self._markets.values()) for venue in list(market.entries)]
        start = self._next if self._next < len(books) else 0
        self._next = start + MOST
        states = list(_states(books[start : start + MOST]))
        if states:
            self._put(states)


def _states(books: Sequence[tuple[Market, str]]) -> Iterator[BookState]:
    for market, venue in books:
        entry = market.entries.get(venue)
        if entry is None:
            continue
        sequence, digest = entry.digest()
        if digest:
            yield recording.bodies.BookState(market.name, venue, sequence, f"{digest:016x}", clock.time_ns())
