"""Evidence against a book that its own stream does not show: the venue's ticker, and its trades."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import OrderBook

SECOND = 1_000_000_000
# A ticker may be ahead of the book or behind it: only a contradiction that lasts counts.
TOUCHES = 3
TOUCH_SPELL = 5 * SECOND
# Trades walk through levels, and come before or after the book shows it: so far off is not explained by that.
TRADES = 5
TRADE_SPELL = 3 * SECOND
FAR = Decimal("0.01")


def best_prices(book: OrderBook) -> tuple[Decimal, Decimal] | None:
    """Best bid and ask as values; None while a side is empty."""
    best = book.best()
    if best is None:
        return None
    scale = -book.price_decimals
    return Decimal(best[0]).scaleb(scale), Decimal(best[2]).scaleb(scale)


class TouchWatch:
    """Compares the venue's own best prices with the book's. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._told: tuple[Decimal, Decimal] | None = None
        self._touches = 0
        self._since = 0

    @property
    def waits(self) -> bool:
        """The last ticker has not been seen in the book yet."""
        return self._told is not None

    def told(self, book: OrderBook, bid: Decimal, ask: Decimal, now: int) -> bool:
        """The venue says its best prices; True when it has contradicted the book for too long."""
        self._told = (bid, ask)
        if self.seen(book):
            return False
        self._touches += 1
        self._since = self._since or now
        return self._touches > TOUCHES and now - self._since > TOUCH_SPELL

    def seen(self, book: OrderBook) -> bool:
        """Whether the book shows what was told last: it agrees, now or a little later."""
        if best_prices(book) != self._told:
            return False
        self.clear()
        return True

    def clear(self) -> None:
        """The book agrees, or begins anew."""
        self._told, self._touches, self._since = None, 0, 0


class TradeWatch:
    """Counts trades far outside the touch. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._trades = 0
        self._since = 0

    def traded(self, book: OrderBook, price: Decimal, now: int) -> bool:
        """A trade happened; True when too many in a row were where this book says that none can be."""
        best = best_prices(book)
        if best is None or best[0] * (1 - FAR) <= price <= best[1] * (1 + FAR):
            self.clear()
            return False
        self._trades += 1
        self._since = self._since or now
        return self._trades > TRADES and now - self._since > TRADE_SPELL

    def clear(self) -> None:
        """The book agrees, or begins anew."""
        self._trades = self._since = 0
