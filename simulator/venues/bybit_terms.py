"""What Bybit lists: spot pairs with short numbers, linear perpetuals with padded ones, under the same symbols."""

from ..generator import Profile
from ..instruments import CASH, Instrument, Pair, decimals_for, lot_decimals, start_price, tick_decimals
from ..market import VenueTerms

SPOT_TICKS = {"BTC": 1, "ETH": 2, "SOL": 2, "LTC": 2, "XRP": 4, "ADA": 4, "DOGE": 5}
LINEAR_TICKS = {
    "BTC": (1, 2),
    "ETH": (2, 2),
    "SOL": (2, 3),
    "LTC": (2, 2),
    "XRP": (4, 4),
    "ADA": (4, 4),
    "DOGE": (5, 5),
}
LINEAR_LOTS = {"BTC": 3, "ETH": 2, "SOL": 1, "LTC": 1, "XRP": 1, "ADA": 0, "DOGE": 0}


def spot_instrument(pair: Pair) -> Instrument:
    """A spot pair: BTCUSDT."""
    price = start_price(pair)
    tick = tick_decimals(pair, SPOT_TICKS, 1e-5)
    lot = lot_decimals(pair, {"BTC": 6, "ETH": 5}.get(pair.base, max(0, 6 - decimals_for(price, 1e-5))))
    return Instrument(pair, pair.base + pair.quote, tick, lot, 0, 0)


def linear_instrument(pair: Pair) -> Instrument:
    """A linear perpetual: BTCUSDT, or BTCPERP for USDC."""
    generic = decimals_for(start_price(pair), 1e-5)
    tick = tick_decimals(pair, {base: ticks for base, (ticks, _) in LINEAR_TICKS.items()}, 1e-5)
    digits = max(tick, LINEAR_TICKS.get(pair.base, (tick, tick))[1])
    lot = lot_decimals(pair, LINEAR_LOTS.get(pair.base, max(0, 3 - generic)))
    symbol = pair.base + ("PERP" if pair.quote == "USDC" else pair.quote)
    return Instrument(pair, symbol, tick, lot, digits, lot)


def spot_terms(pairs: list[Pair]) -> VenueTerms:
    """Bybit spot: pairs in tokens, none in US dollars."""
    profile = Profile(levels=1100, changes=30, lag=0.15, offset=0.1e-4, trade_rate=0.4, first_sequence=112_000_000_000)
    return VenueTerms("bybit", tuple(spot_instrument(pair) for pair in pairs if pair.quote != "USD"), profile)


def linear_terms(pairs: list[Pair]) -> VenueTerms:
    """Bybit linear perpetuals: USDT and USDC."""
    profile = Profile(levels=1200, changes=40, lag=0.05, offset=0.1e-4, trade_rate=0.6, first_sequence=753_000_000_000)
    listed = [pair for pair in pairs if pair.quote in ("USDT", "USDC") and pair.base not in CASH]
    return VenueTerms("bybit_linear", tuple(map(linear_instrument, listed)), profile)
