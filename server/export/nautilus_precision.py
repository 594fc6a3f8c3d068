"""How many decimals the numbers of a recording need: NautilusTrader has one precision per instrument and catalog."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from orderbook_ext import BookUpdate

from ..model import Trade
from .export_market import ExportMarket
from .level_book import LevelBook
from .sink import Sink


@dataclass
class Precision:
    """Decimals of a market's prices and sizes."""

    price: int = 0
    size: int = 0


class PrecisionSink(Sink):
    """Writes nothing: finds the decimals of each market."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[tuple[str, str], Precision] = {}
        """By venue and symbol."""

    def _of(self, market: ExportMarket) -> Precision:
        key = market.venue, market.symbol
        if key not in self.found:
            self.found[key] = Precision(_needed(market.tick), _needed(market.lot))
        return self.found[key]

    def trade(self, market: ExportMarket, trade: Trade, at: int) -> None:  # noqa: ARG002
        found = self._of(market)
        found.price = max(found.price, _needed(trade.price))
        found.size = max(found.size, _needed(trade.size))

    def book(self, market: ExportMarket, book: LevelBook, update: BookUpdate, at: int) -> None:  # noqa: ARG002
        book.apply(update)
        found = self._of(market)
        for price, size in (*update.bids, *update.asks):
            found.price = max(found.price, decimals_of(price, update.price_decimals))
            found.size = max(found.size, decimals_of(size, update.size_decimals))

    def finish(self) -> None:
        """There are no files."""

    def discard(self) -> None:
        """There are no files."""


@lru_cache(maxsize=1 << 16)
def decimals_of(mantissa: int, decimals: int) -> int:
    """Decimals of mantissa x 10^-decimals without needless zeros."""
    while decimals and mantissa % 10 == 0:
        mantissa //= 10
        decimals -= 1
    return decimals


def _needed(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
