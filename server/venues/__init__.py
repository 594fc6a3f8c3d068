"""The registry: one file a venue in this folder, one line here."""

from __future__ import annotations

from ..model import MarketKind
from ..protocol.venue import Venue
from .binance import Binance
from .binance_us import BinanceUs
from .binance_usdm import BinanceUsdm
from .bitstamp import Bitstamp
from .kraken import Kraken

VENUES: dict[str, type[Venue]] = {venue.NAME: venue for venue in (Binance, BinanceUs, Bitstamp, Kraken, BinanceUsdm)}
"""Every venue by name."""

DEFAULT_VENUES: tuple[str, ...] = tuple(
    name for name, venue in VENUES.items() if venue.KIND is MarketKind.SPOT and venue.ENDPOINTS and not venue.MIRRORS
)
"""Those that are read when none is named: spot markets, each book once."""
