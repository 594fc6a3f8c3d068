"""What the fast lane and the state machine of a book share, in plain Python; see the interface in _book.pyi."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

from ._reference_book import OrderBook
from .model import BookError, parse_number
from .pace import FORGET, FRAMES, LEAST, PAUSES


class ConsistencyLock:
    """A lock that its thread may take again."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class ChangeMark:
    """Tells of a change, unless the mark of one before still stands."""

    def __init__(self, notify: Callable[[], object]) -> None:
        self._notify = notify
        self.marked = False
        self.every = False

    def __call__(self) -> None:
        if self.every or not self.marked:
            self._notify()


class SequenceState:
    """The numbers of a sequence rule."""

    position: int = -1
    other: int = -1


class StreamPace:
    """The pace of a stream."""

    def __init__(self, start: int) -> None:
        self._start = start
        self.began = self.last = 0
        self.busy = self.doublings = 0
        self._frames = self._longest = 0

    def heard(self, now: int) -> None:
        pause = now - self.last
        self.last = now
        self._frames += 1
        longest = self._longest
        if pause <= longest:
            self._longest = longest - (longest >> FORGET)
        else:
            self._longest = min(pause, max(2 * longest, LEAST // PAUSES))
        self.busy = self.busy + 1 if pause < self._start else 0
        if self.busy == FRAMES:
            self.busy, self.doublings = 0, max(0, self.doublings - 1)

    @property
    def threshold(self) -> int:
        if self._frames < FRAMES:
            return self._start << self.doublings
        return max(LEAST, min(PAUSES * self._longest, self._start)) << self.doublings


class AwaitedPrices:
    """Best prices that a book is to show."""

    def __init__(self) -> None:
        self.waits = False
        self._prices: list[Decimal | None] = [None, None]

    def expect(self, bid: Decimal, ask: Decimal) -> None:
        self._prices = [_price(bid), _price(ask)]
        self.waits = True

    def seen(self, book: OrderBook) -> bool:
        best = book.best() if self.waits else None
        if best is None:
            return False
        if [Decimal(price).scaleb(-book.price_decimals) for price in (best[0], best[2])] != self._prices:
            return False
        self.waits = False
        return True

    def clear(self) -> None:
        self.waits = False


def _price(value: Decimal) -> Decimal | None:
    """None for a price that no book can have."""
    try:
        mantissa, decimals = parse_number(value)
    except BookError:
        return None
    return Decimal(mantissa).scaleb(-decimals)


class MessageNumbers:
    """The newest number of a connection's messages."""

    last: int | None = None

    def _continues(self, number: int) -> bool:
        return number < 0 or self.last is None or number == self.last + 1

    def _take(self, number: int) -> None:
        if number >= 0:
            self.last = number
