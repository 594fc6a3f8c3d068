"""Trades as evidence against a book, with the arithmetic of Decimal: the oracle of what is in C."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

SECOND = 1_000_000_000
TRADES, TRADE_SPELL = 5, 3 * SECOND
FAR = Decimal("0.01")
THROUGH, THROUGH_SPELL = 3, 2 * SECOND
UNKNOWN, BUY = 0, 1


class TradeThroughModel:
    """Does what TradeThroughCounter does."""

    def __init__(self) -> None:
        self._far = _Spell(TRADES, TRADE_SPELL)
        self._through = (_Spell(THROUGH, THROUGH_SPELL), _Spell(THROUGH, THROUGH_SPELL))
        """Through the best bid, and through the best ask."""
        self._standing: list[tuple[int, int] | None] = [None, None]
        """The level (price and size, scaled) that trades went through."""

    def traded(self, book: Any, price: Decimal, side: int, now: int) -> str:
        """A trade happened; says what is wrong when too many in a row were where this book says that none can be."""
        best = book.best()
        if best is None:
            self.clear()
            return ""
        scaled = price.scaleb(book.price_decimals)
        if best[0] <= scaled <= best[2]:
            self._inside(side)
            return ""
        if best[0] * (1 - FAR) <= scaled <= best[2] * (1 + FAR):
            self._far.clear()
        elif self._far.goes_on(now):
            return f"trades at {price:f} are far outside the touch"
        if self._passed(best, scaled, side, now):
            return f"trades at {price:f} go through a level that does not change"
        return ""

    def _inside(self, side: int) -> None:
        """The usual trade: at the touch, or between."""
        self._far.clear()
        if side != UNKNOWN:
            which = 1 if side == BUY else 0
            self._through[which].clear()
            self._standing[which] = None

    def _passed(self, best: tuple[int, int, int, int], price: Decimal, side: int, now: int) -> bool:
        """Whether trades have gone through the standing best level for too long."""
        if side == UNKNOWN:
            return False
        which = 1 if side == BUY else 0
        level = (best[2], best[3]) if which else (best[0], best[1])
        through = price > level[0] if which else price < level[0]
        if not through or self._standing[which] != level:
            self._through[which].clear()
        self._standing[which] = level if through else None
        return through and self._through[which].goes_on(now)

    def clear(self) -> None:
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
