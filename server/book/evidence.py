"""Evidence against a book that its own stream does not show: the venue's ticker, and its trades."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import AwaitedPrices, OrderBook

from ..model import Side, Trade, VenueState
from ..protocol.events import Bbo
from ..units import SECOND
from .monitor import Fault

# A ticker may be ahead of the book or behind it: only a contradiction that lasts counts.
TOUCHES = 3
TOUCH_SPELL = 5 * SECOND
# Trades walk through levels, and come before or after the book shows it: so far off is not explained by that.
TRADES = 5
TRADE_SPELL = 3 * SECOND
FAR = Decimal("0.01")
# A book shows within a fraction of a second that a level was taken; the slowest streams have one frame a second.
THROUGH = 3
THROUGH_SPELL = 2 * SECOND


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
    """Counts trades that cannot have happened on this book. Times are monotonic nanoseconds.

    Two kinds: trades far outside the touch, and trades through a level that stands. An aggressor who buys takes the
    lowest asks first: where trades go on above an ask that does not change, that ask does not exist at the venue.
    """

    def __init__(self) -> None:
        self._far = _Spell(TRADES, TRADE_SPELL)
        self._through = (_Spell(THROUGH, THROUGH_SPELL), _Spell(THROUGH, THROUGH_SPELL))
        """Through the best bid, and through the best ask."""
        self._standing: list[tuple[int, int] | None] = [None, None]
        """The level (price and size, scaled) that trades went through."""

    @property
    def settled(self) -> bool:
        """Always: frames say nothing of trades."""
        return True

    def judge(self, book: OrderBook, evidence: Trade, now: int) -> Fault | None:
        """A trade happened: the fault, once too many in a row were where this book says that none can be."""
        best = book.best()
        if best is None:
            self.restart()
            return None
        price, side = evidence.price, evidence.side
        scaled = price.scaleb(book.price_decimals)
        if best[0] <= scaled <= best[2]:
            self._inside(side)
            return None
        if best[0] * (1 - FAR) <= scaled <= best[2] * (1 + FAR):
            self._far.clear()
        elif self._far.goes_on(now):
            return Fault(VenueState.SUSPECT, f"trades at {price:f} are far outside the touch")
        if self._passed(best, scaled, side, now):
            return Fault(VenueState.SUSPECT, f"trades at {price:f} go through a level that does not change")
        return None

    def _inside(self, side: Side) -> None:
        """The usual trade: at the touch, or between."""
        self._far.clear()
        if side is not Side.UNKNOWN:
            which = 1 if side is Side.BUY else 0
            self._through[which].clear()
            self._standing[which] = None

    def _passed(self, best: tuple[int, int, int, int], price: Decimal, side: Side, now: int) -> bool:
        """Whether trades have gone through the standing best level for too long."""
        if side is Side.UNKNOWN:
            return False
        which = 1 if side is Side.BUY else 0
        level = (best[2], best[3]) if which else (best[0], best[1])
        through = price > level[0] if which else price < level[0]
        if not through or self._standing[which] != level:
            self._through[which].clear()
        self._standing[which] = level if through else None
        return through and self._through[which].goes_on(now)

    def restart(self) -> None:
        """The book begins anew."""
        for spell in (self._far, *self._through):
            spell.clear()
        self._standing = [None, None]


class _Spell:
    """Counts what happens in a row, and since when."""

    def __init__(self, count: int, spell: int) -> None:
        self._most, self._spell = count, spell
        self._count = self._since = 0

    def goes_on(self, now: int) -> bool:
        """Once more; True when that has happened too often for too long."""
        self._count += 1
        self._since = self._since or now
        return self._count > self._most and now - self._since > self._spell

    def clear(self) -> None:
        """It has ended."""
        self._count = self._since = 0
