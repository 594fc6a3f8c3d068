"""The markets of the history's rows: each pair and venue at the scale that its numbers have needed so far."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..history.markets import CONSOLIDATED, Market
from ..model import Pair


class RowMarkets:
    """Scales grow finer, and never coarser: each change is another market of the history."""

    def __init__(self) -> None:
        self._known: dict[tuple[Pair, str], Market] = {}

    def of(self, pair: Pair, venue: str, prices: Iterable[Decimal] = (), quantities: Iterable[Decimal] = ()) -> Market:
        """The market of this pair at this venue, whose scale holds these numbers. Raises NumberError."""
        known = self._known.get((pair, venue))
        if known is None:
            known = Market(venue, str(pair), pair.base, pair.quote, 0, 0)
        fitting = known.fitting(prices, quantities)
        self._known[pair, venue] = fitting
        return fitting

    def at(self, pair: Pair, venue: str, price_decimals: int, size_decimals: int) -> Market:
        """The same for mantissas at these decimals."""
        return self.of(pair, venue, (Decimal((0, (1,), -price_decimals)),), (Decimal((0, (1,), -size_decimals)),))

    def consolidated(self, pair: Pair, price_decimals: int, size_decimals: int) -> Market:
        """Of all venues together, at these decimals."""
        return self.at(pair, CONSOLIDATED, price_decimals, size_decimals)
