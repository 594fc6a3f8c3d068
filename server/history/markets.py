"""A market of the history: one pair at one venue, with the scales of its prices and quantities."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from .errors import NumberError
from .numbers import SMALLEST_EXPONENT, decimal_of, mantissa, text

CONSOLIDATED = ""
"""The venue of what is computed over all venues of a pair."""


class Market(NamedTuple):
    """Where a row belongs. A pair whose scale changes is another market: rows keep the scale they were written at."""

    venue: str
    """CONSOLIDATED for all venues together."""
    symbol: str
    """The venue's own symbol; of the consolidated market the pair."""
    base: str
    quote: str
    price_exp: int
    """A price is mantissa x 10**price_exp quote units per base unit; -30 to 0."""
    qty_exp: int
    """A quantity is mantissa x 10**qty_exp base units; -30 to 0."""

    @property
    def pair(self) -> str:
        return f"{self.base}/{self.quote}"

    def check(self) -> None:
        """Raises NumberError for an exponent that the history does not know, or a name that is no text."""
        for name in self[:4]:
            text(name, "name")
        for exponent in (self.price_exp, self.qty_exp):
            if not SMALLEST_EXPONENT <= exponent <= 0:
                raise NumberError(f"exponent {exponent} of {self.pair} is not between {SMALLEST_EXPONENT} and 0")

    def price(self, value: Decimal) -> int:
        """The mantissa of a price. Raises NumberError if the scale of this market does not hold the price."""
        return mantissa(value, self.price_exp, "price")

    def quantity(self, value: Decimal) -> int:
        """The mantissa of a quantity. Raises NumberError if the scale of this market does not hold the quantity."""
        return mantissa(value, self.qty_exp, "quantity")

    def price_of(self, value: int) -> Decimal:
        """The price of a mantissa."""
        return decimal_of(value, self.price_exp)

    def quantity_of(self, value: int) -> Decimal:
        """The quantity of a mantissa."""
        return decimal_of(value, self.qty_exp)

    def fitting(self, prices: Iterable[Decimal], quantities: Iterable[Decimal]) -> Market:
        """This market, or the same pair at a finer scale that holds these numbers too."""
        price_exp = min([self.price_exp, *map(_exponent, prices)])
        qty_exp = min([self.qty_exp, *map(_exponent, quantities)])
        return self._replace(price_exp=price_exp, qty_exp=qty_exp)


def _exponent(value: Decimal) -> int:
    """The exponent of the last digit that is not 0."""
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int):
        raise NumberError(f"{value} is not a number")
    return exponent
