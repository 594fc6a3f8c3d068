"""The best levels of a book as the clients of a windowed stream hold them, and how they change from step to step."""

from collections.abc import Callable, Container, Iterator
from itertools import islice
from typing import NamedTuple

from .book import Levels, Side
from .generator import Tick, VenueMarket


class Changes(NamedTuple):
    """Rows that bring a client from the last step's window to this one's; size 0 removes. Removals stand first."""

    bids: Levels
    asks: Levels

    @property
    def empty(self) -> bool:
        """True when nothing changed in the window."""
        return not (self.bids or self.asks)


class Window:
    """The best `depth` levels of each side (None: all) as of the last step.

    `lingering` clients truncate by themselves: levels that are pushed out are not named, but named again when they
    come back. The others are told to remove them. A `unit` above 1 gathers levels into steps of so many ticks.
    """

    def __init__(self, market: VenueMarket, depth: int | None, lingering: bool = False, unit: int = 1) -> None:
        self.market = market
        self.depth = depth
        self.lingering = lingering
        self.unit = unit
        self.sequence = self.previous = market.sequence  # as of the last change in the window, and of the one before
        self.announced_us = market.clock_us  # when its clients last heard of it
        self._bids = self._levels(market.book.bids)
        self._asks = self._levels(market.book.asks)
        self.before = self._bids, self._asks  # as of the step before

    @property
    def bids(self) -> Levels:
        """Best first."""
        return list(self._bids.items())

    @property
    def asks(self) -> Levels:
        """Best first."""
        return list(self._asks.items())

    def best(self, count: int) -> tuple[Levels, Levels]:
        """The best bids and asks, for a checksum."""
        return list(islice(self._bids.items(), count)), list(islice(self._asks.items(), count))

    def advance(self, tick: Tick) -> Changes:
        """Move to the book after `tick`. Faults of the tick are in the rows, never in the window."""
        book, hidden = self.market.book, tick.withheld
        self.before = self._bids, self._asks
        bids, self._bids = self._side(book.bids, self._bids, hidden)
        asks, self._asks = self._side(book.asks, self._asks, hidden)
        if bids or asks:
            self.previous, self.sequence, self.announced_us = self.sequence, tick.last, tick.time_us
        return Changes(bids + list(tick.ghosts.items()), asks)

    def _side(
        self, side: Side, old: dict[int, int], hidden: Container[tuple[bool, int]]
    ) -> tuple[Levels, dict[int, int]]:
        new = self._levels(side)
        gone = [(price, 0) for price in old if price not in new and not (self.lingering and price in side.sizes)]
        rows = gone + [(price, size) for price, size in new.items() if old.get(price) != size]
        if hidden:
            rows = [row for row in rows if (side.sign < 0, row[0]) not in hidden]
        return rows, new

    def _levels(self, side: Side) -> dict[int, int]:
        if self.unit == 1:
            return dict(side.top(self.depth))
        groups: dict[int, int] = {}
        for key in side.keys:
            price = side.sign * (-(-key // self.unit) * self.unit)  # away from the touch
            if price not in groups and len(groups) == self.depth:
                break
            groups[price] = groups.get(price, 0) + side.sizes[side.sign * key]
        return groups


class Windows:
    """The windows of an exchange by stream. One that nobody listens to ends with the next step."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def open(
        self, stream: str, market: VenueMarket, depth: int | None, lingering: bool = False, unit: int = 1
    ) -> Window:
        """The window of a stream as of the last step, for a snapshot."""
        window = self._windows.get(stream)
        if window is None:
            window = self._windows[stream] = Window(market, depth, lingering, unit)
        return window

    def find(self, stream: str) -> Window | None:
        """The window of a stream that somebody listens to."""
        return self._windows.get(stream)

    def forget(self, stream: str) -> None:
        """Nobody listens to a stream any more."""
        self._windows.pop(stream, None)

    def live(self, wanted: Container[str]) -> list[tuple[str, Window]]:
        """The windows that somebody listens to."""
        return [(stream, window) for stream, window in self._windows.items() if stream in wanted]

    def advance(
        self, tick: Tick, wanted: Container[str], due: Callable[[str], bool] = lambda _: True
    ) -> Iterator[tuple[str, Window, Changes]]:
        """Move all windows of the tick's market whose turn it is."""
        for stream, window in list(self._windows.items()):
            if window.market is not tick.market:
                continue
            if stream in wanted:
                if not due(stream):
                    continue
                yield stream, window, window.advance(tick)
            else:
                del self._windows[stream]
