"""The registry: one file a venue in this folder, one line here."""

from __future__ import annotations

from ..model import MarketKind
from ..protocol.venue import Venue
from .binance import Binance
from .binance_us import BinanceUs
from .binance_usdm import BinanceUsdm
from .bitfinex import Bitfinex
from .bitget import Bitget
from .bitstamp import Bitstamp
from .bybit import Bybit, BybitLinear
from .coinbase_advanced import CoinbaseAdvanced
from .coinbase_exchange import CoinbaseExchange
from .deribit import Deribit
from .ftx import Ftx
from .gate import Gate
from .gate_futures import GateFutures
from .gemini import Gemini
from .gemini_v2 import GeminiV2
from .kraken import Kraken
from .kucoin import Kucoin
from .okx import Okx, OkxSwap

VENUES: dict[str, type[Venue]] = {
    venue.NAME: venue
    for venue in (
        Binance, BinanceUs, Bitstamp, Kraken, BinanceUsdm, Okx, OkxSwap, Bybit, BybitLinear, Bitfinex, Deribit, Ftx,
        CoinbaseExchange, CoinbaseAdvanced, Gemini, GeminiV2, Kucoin, Gate, GateFutures, Bitget,
    )
}  # fmt: skip
"""Every venue by name."""

DEFAULT_VENUES: tuple[str, ...] = tuple(
    name
    for name, venue in VENUES.items()
    if venue.MARKET_KIND is MarketKind.SPOT and venue.ENDPOINTS and not venue.MIRRORS and venue.PROVED
)
"""Those that are read when none is named: spot markets, each book once, whose files have proved right."""
