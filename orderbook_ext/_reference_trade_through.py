"""Trades as evidence against a book, in plain Python; see the interface in _book.pyi."""

from __future__ import annotations

from decimal import Decimal

from ._reference_book import OrderBook
from .trade_through import (
    ABOVE_ASK,
    BELOW_BID,
    BUYS,
    FAR_OUTSIDE,
    FAR_TIME,
    FAR_TRADES,
    THROUGH_TIME,
    THROUGH_TRADES,
    UNKNOWN,
    finding_far,
    finding_through,
    price_place,
)


class TradeThroughCounter:
    """Counts trades that cannot have happened on this book."""

    def __init__(self) -> None:
        self.clear()

    def traded(self, book: OrderBook, price: Decimal, side: int, now: int) -> str:
        best = book.best()
        if best is None:
            self.clear()
            return ""
        place = price_place(price, best[0], best[2], book.price_decimals)
        if not place & FAR_OUTSIDE:
            self._far.clear()
        elif self._far.goes_on(now):
            return finding_far(price)
        if side == UNKNOWN:
            return ""
        bids, asks = best[:2], best[2:]
        passed = self._passes(place, asks if side == BUYS else bids, int(side == BUYS), now)
        return finding_through(price) if passed else ""

    def _passes(self, place: int, level: tuple[int, int], which: int, now: int) -> bool:
        through = bool(place & (ABOVE_ASK if which else BELOW_BID))
        if not through or self._levels[which] != level:
            self._through[which].clear()
        self._levels[which] = level if through else None
        return through and self._through[which].goes_on(now)

    def clear(self) -> None:
        self._far = _Spell(FAR_TRADES, FAR_TIME)
        self._through = (_Spell(THROUGH_TRADES, THROUGH_TIME), _Spell(THROUGH_TRADES, THROUGH_TIME))
        self._levels: list[tuple[int, int] | None] = [None, None]
        """The best bid and ask that the last trades went through."""


class _Spell:
    """Counts what happens in a row, and since when."""

    def __init__(self, most: int, time: int) -> None:
        self._most, self._time = most, time
        self._count = self._since = 0

    def goes_on(self, now: int) -> bool:
        """Once more; whether that was too often for too long."""
        self._count += 1
        self._since = self._since or now
        return self._count > self._most and now - self._since > self._time

    def clear(self) -> None:
        """It has ended."""
        self._count = self._since = 0
