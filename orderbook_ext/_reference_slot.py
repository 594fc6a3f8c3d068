"""One venue of a view in plain Python: its rate, and its book as the others see it."""

from __future__ import annotations

from dataclasses import dataclass

from ._exact_levels import MORE_DECIMALS, SweptSide, converted, power
from ._reference_book import OrderBook
from ._reference_book_status import BookStatus, size_decimals
from .model import LIVE, MAX_DECIMALS, MAX_MANTISSA, Number


@dataclass
class Scales:
    """Decimals of prices and of sizes."""

    price: int = 0
    size: int = 0


@dataclass
class Slot:
    """A venue, and what its quote currency is worth if it is not the market's own."""

    entry: BookStatus
    number: int
    currency: str = ""
    rate: tuple[Number, Number] | None = None

    @property
    def book(self) -> OrderBook | None:
        """None if it takes no part."""
        usable = self.entry.state == LIVE and (not self.currency or self.rate is not None)
        return self.entry.book if usable else None

    def scales(self, book: OrderBook) -> Scales:
        """Of this venue's levels before they are brought to the common ones."""
        more = MORE_DECIMALS if self.currency else 0
        return Scales(min(MAX_DECIMALS, book.price_decimals + more), size_decimals(self.entry, book))

    def swept(self, side: int, book: OrderBook) -> SweptSide:
        """One side of the book as it is now."""
        unit, inverse = self.entry._unit
        return SweptSide(
            self.number,
            book.levels()[side],
            (book.price_decimals, book.size_decimals),
            book.whole,
            _extreme(book, side),
            unit,
            inverse,
            self.rate[side] if self.rate is not None and self.currency else None,
        )

    def extreme(self, book: OrderBook, side: int, decimals: int) -> int:
        """The price to which a side is complete at these decimals, moved towards the best price if it has no place."""
        own, extreme = self.scales(book).price, _extreme(book, side)
        if not extreme:
            return 0
        price = converted(extreme, book.price_decimals, self.rate[side] if self.rate else None, side)
        if price > MAX_MANTISSA:
            return 0 if side == 0 else MAX_MANTISSA
        if own > decimals:
            return -(-price // power(own - decimals)) if side == 0 else price // power(own - decimals)
        price *= power(decimals - own)
        return price if price <= MAX_MANTISSA else 0 if side == 0 else MAX_MANTISSA


def _extreme(book: OrderBook, side: int) -> int:
    return book.lowest_complete_bid if side == 0 else book.highest_complete_ask


def common_scales(slots: list[Slot]) -> Scales:
    """The finest among the venues that take part."""
    own = [slot.scales(slot.book) for slot in slots if slot.book is not None]
    return Scales(max((s.price for s in own), default=0), max((s.size for s in own), default=0))
