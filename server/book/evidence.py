"""Evidence against a book that its own stream does not show: the venue's ticker, and its trades."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import AwaitedPrices, OrderBook, TradeThroughCounter

from ..model import Trade, VenueState
from ..protocol.events import Bbo
from ..units import SECOND
from .monitor import Fault

# A ticker may be ahead of the book or behind it: only a contradiction that lasts counts.
TOUCHES = 3
TOUCH_SPELL = 5 * SECOND


def best_prices(book: OrderBook) -> tuple[Decimal, Decimal] | None:
    """Best bid and ask as values; None while a side is empty."""
    best = book.best()
    if best is None:
        return None
    scale = -book.price_decimals
    return Decimal(best[0]).scaleb(scale), Decimal(best[2]).scaleb(scale)


class BboMonitor:
    """Compares the venue's own best prices with the book's. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self.awaited = AwaitedPrices()
        """The last ticker's, until they have been seen in the book."""
        self._touches = 0
        self._since = 0

    @property
    def settled(self) -> bool:
        """Always: the fast lane itself looks out for the awaited prices."""
        return True

    def see(self, book: OrderBook) -> None:
        """The book has changed: it may show the awaited prices now."""
        self.awaited.seen(book)

    def judge(self, book: OrderBook, evidence: Bbo, now: int) -> Fault | None:
        """The venue says its best prices: the fault, once they have contradicted the book for too long."""
        if not self.awaited.waits:
            self.restart()
        self.awaited.expect(evidence.bid, evidence.ask)
        if self.awaited.seen(book):
            return None
        self._touches += 1
        self._since = self._since or now
        if self._touches <= TOUCHES or now - self._since <= TOUCH_SPELL:
            return None
        return Fault(VenueState.SUSPECT, f"the venue's ticker says {evidence.bid:f} and {evidence.ask:f}")

    def restart(self) -> None:
        """The book agrees, or begins anew."""
        self.awaited.clear()
        self._touches = self._since = 0


class TradeThroughMonitor:
    """Counts trades that cannot have happened on this book: far outside the touch, or through a level that stands."""

    def __init__(self) -> None:
        self.counter = TradeThroughCounter()

    @property
    def settled(self) -> bool:
        """Always: frames say nothing of trades."""
        return True

    def judge(self, book: OrderBook, evidence: Trade, now: int) -> Fault | None:
        """A trade happened: the fault, once too many in a row were where this book says that none can be."""
        reason = self.counter.traded(book, evidence.price, evidence.side, now)
        return Fault(VenueState.SUSPECT, reason) if reason else None

    def restart(self) -> None:
        """The book begins anew."""
        self.counter.clear()
