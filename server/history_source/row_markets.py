"""The markets of the history's rows: each pair and venue at the scale that its numbers have needed so far.

A number that is too large for that scale gets one of its own: a size of trillions beside one of a hundred-millionth.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..history.errors import NumberError
from ..history.markets import Market
from ..model import Pair


class RowMarkets:
    """Each scale of a pair at a venue is another market of the history. The scale that is used first grows finer, and
    never coarser."""

    def __init__(self) -> None:
        self._known: dict[tuple[Pair, str], Market] = {}

    def known(self, pair: Pair, venue: str) -> Market | None:
        """The market whose scale has held the numbers of this pair at this venue so far."""
        return self._known.get((pair, venue))

    def exactly(self, pair: Pair, venue: str, price_decimals: int, size_decimals: int) -> Market:
        """The market of numbers that are mantissas at these decimals already."""
        return Market(venue, str(pair), pair.base, pair.quote, -price_decimals, -size_decimals)

    def of(self, pair: Pair, venue: str, prices: Iterable[Decimal] = (), quantities: Iterable[Decimal] = ()) -> Market:
        """The market of this pair at this venue whose scale holds these numbers. Raises NumberError where there is
        none."""
        prices, quantities = tuple(prices), tuple(quantities)
        coarsest = Market(venue, str(pair), pair.base, pair.quote, 0, 0)
        fitting = self._known.get((pair, venue), coarsest).fitting(prices, quantities)
        if not _holds(fitting, prices, quantities):
            alone = coarsest.fitting(prices, quantities)
            if not _holds(alone, prices, quantities):
                raise NumberError(f"{pair} on {venue}: no scale holds all of {prices} and {quantities}")
            return alone
        self._known[pair, venue] = fitting
        return fitting


FIXED = -8
"""Exponent of prices and sizes of FixedMarkets."""


class FixedMarkets:
    """The scale of a row follows from its own numbers alone: whoever writes the row again, in whatever order, writes it
    to the same market. Numbers that eight decimals do not hold have the scale that they need."""

    def of(self, pair: Pair, venue: str, prices: Iterable[Decimal] = (), quantities: Iterable[Decimal] = ()) -> Market:
        """As RowMarkets.of()."""
        prices, quantities = tuple(prices), tuple(quantities)
        fixed = Market(venue, str(pair), pair.base, pair.quote, FIXED, FIXED)
        if _holds(fixed, prices, quantities):
            return fixed
        alone = fixed._replace(price_exp=0, qty_exp=0).fitting(prices, quantities)
        if not _holds(alone, prices, quantities):
            raise NumberError(f"{pair} on {venue}: no scale holds all of {prices} and {quantities}")
        return alone


def _holds(market: Market, prices: Iterable[Decimal], quantities: Iterable[Decimal]) -> bool:
    try:
        for price in prices:
            market.price(price)
        for quantity in quantities:
            market.quantity(quantity)
    except NumberError:
        return False
    return True
