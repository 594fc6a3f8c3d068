"""One venue of a view in plain Python: its rate, and its levels at scales common to all venues, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ._reference_book import OrderBook
from ._reference_entry import VenueEntry, base_size, size_decimals
from .model import LIVE, MAX_DECIMALS, MAX_MANTISSA, Number, ScaleError

MORE_DECIMALS = 2

Level = tuple[int, int, bool]  # price, size, whether it lies beyond what the book is proved to be complete to


@dataclass
class Scales:
    """Decimals of prices and of sizes."""

    price: int = 0
    size: int = 0


@dataclass
class Slot:
    """A venue, and what its quote currency is worth if it is not the market's own."""

    entry: VenueEntry
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

    def price(self, book: OrderBook, side: int, price: int, decimals: int) -> int:
        """A price of the book at the common scale; ScaleError if it does not fit."""
        own = self.scales(book).price
        if self.currency:
            assert self.rate is not None
            mantissa, scale = self.rate[side]
            exact = Fraction(price * mantissa * 10**own, 10 ** (book.price_decimals + scale))
            price = exact.__floor__() if side == 0 else exact.__ceil__()
        return self.fitting(self.fitting(price) * 10 ** (decimals - own))

    def fitting(self, value: int | None) -> int:
        """The value; ScaleError if it is not there or needs more than 64 bits."""
        if value is None or value > MAX_MANTISSA:
            raise ScaleError(f"{self.entry.name}: a level does not fit 64 bits at the market's common scale")
        return value

    def levels(self, side: int, dust: Number, scales: Scales, beyond_proved: bool = True) -> Iterator[Level]:
        """Best first, without dust; a level that does not fit raises when it is the next."""
        book = self.book
        if book is None:
            return
        own = size_decimals(self.entry, book)
        floor = Fraction(dust[0] * 10**own, 10 ** dust[1])
        for price, size in book.levels()[side]:
            base = self.fitting(base_size(self.entry, book, price, size))
            if base <= floor:
                continue
            beyond = not self._proved(book, side, price)
            if beyond and not beyond_proved:
                return
            scaled = self.price(book, side, price, scales.price)
            yield scaled, self.fitting(base * 10 ** (scales.size - own)), beyond

    def _proved(self, book: OrderBook, side: int, price: int) -> bool:
        if book.whole:
            return True
        if side == 0:
            return 0 < book.lowest_complete_bid <= price
        return price <= book.highest_complete_ask


def common_scales(slots: list[Slot]) -> Scales:
    """The finest among the venues that take part."""
    own = [slot.scales(slot.book) for slot in slots if slot.book is not None]
    return Scales(max((s.price for s in own), default=0), max((s.size for s in own), default=0))
