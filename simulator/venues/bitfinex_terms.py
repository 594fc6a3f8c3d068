"""What Bitfinex lists: symbols with codes of its own, prices of five significant digits."""

import math

from ..generator import Profile
from ..instruments import Instrument, Pair, lot_decimals, start_price
from ..market import VenueTerms

CODES = {"USDT": "UST", "USDC": "UDC", "ALGO": "ALG", "IOTA": "IOT", "DASH": "DSH", "EURT": "EUT", "QTUM": "QTM"}
# What /conf/pub:map:currency:sym tells: code -> symbol, in the venue's own capitals.
CURRENCY_NAMES = {"UST": "USDt", "UDC": "USDC", "ALG": "ALGO", "IOT": "IOTA", "DSH": "DASH", "EUT": "EURt",
                  "QTM": "QTUM", "USTF0": "USDt", "BTCF0": "BTC", "ETHF0": "ETH"}  # fmt: skip


def code(asset: str) -> str:
    """The venue's code of an asset."""
    return CODES.get(asset, asset)


def pair_name(pair: Pair) -> str:
    """BTCUSD, or DOGE:USD when a code is not of three letters."""
    base, quote = code(pair.base), code(pair.quote)
    return base + ("" if len(base) == len(quote) == 3 else ":") + quote


def future_name(pair: Pair) -> str:
    """The perpetual of a pair: BTCF0:USTF0."""
    return f"{code(pair.base)}F0:{code(pair.quote)}F0"


def instrument(pair: Pair) -> Instrument:
    """A trading pair: five digits of price, eight decimals of amount but for coins below a cent."""
    tick = max(0, 4 - math.floor(math.log10(start_price(pair))))
    return Instrument(pair, "t" + pair_name(pair), tick, lot_decimals(pair, 8), 0, 0)


def terms(pairs: list[Pair]) -> VenueTerms:
    """Bitfinex: coarse ticks, rather slow."""
    profile = Profile(levels=400, changes=20, half_spread=0.2e-4, lag=0.3, offset=0.2e-4, trade_rate=0.2)
    return VenueTerms("bitfinex", tuple(map(instrument, pairs)), profile)
