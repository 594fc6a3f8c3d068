"""A pair at a venue, as the formats name it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from ..model import Instrument, Pair


class ExportMarket(NamedTuple):
    """A pair at a venue."""

    venue: str
    pair: Pair
    symbol: str
    """The venue's own."""
    tick: Decimal
    """Of prices, as the venue lists it; 0: unknown."""
    lot: Decimal
    """Of sizes in base units; 0: unknown."""

    @classmethod
    def of(cls, venue: str, pair: Pair, instrument: Instrument | None) -> ExportMarket:
        """The market of an instrument; None: the recording does not say which instrument the pair is."""
        if instrument is None:
            return cls(venue, pair, str(pair), Decimal(0), Decimal(0))
        lot = Decimal(0) if instrument.inverse else instrument.lot * instrument.contract
        return cls(venue, pair, instrument.symbol, instrument.tick, lot)

    @property
    def file_symbol(self) -> str:
        """The symbol as a part of a file's name."""
        return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in self.symbol)
