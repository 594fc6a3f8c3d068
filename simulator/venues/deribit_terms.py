"""What Deribit lists: inverse perpetuals in dollars, linear ones in coins, and spot pairs."""

from ..generator import Profile
from ..instruments import CASH, Instrument, Pair, tick_decimals
from ..market import VenueTerms

TICKS = {"BTC": (1, 5), "ETH": (2, 5)}  # decimals and step of perpetuals
INVERSE = ("BTC", "ETH")
CONTRACT = {"BTC": 10, "ETH": 1}  # dollars


def inverse(pair: Pair) -> Instrument:
    """BTC-PERPETUAL: amounts in dollars, in steps of a contract."""
    tick, step = TICKS[pair.base]
    return Instrument(pair, f"{pair.base}-PERPETUAL", tick, 0, tick, 1, lot_step=CONTRACT[pair.base], tick_step=step,
                      contract="1 USD")  # fmt: skip


def linear(pair: Pair) -> Instrument:
    """BTC_USDC-PERPETUAL: amounts in coins."""
    generic = tick_decimals(pair, {}, 1e-5)
    tick, step = TICKS.get(pair.base, (generic, 1))
    lot = max(0, 4 - generic)
    return Instrument(pair, f"{pair.base}_{pair.quote}-PERPETUAL", tick, lot, tick, lot, tick_step=step)


def spot(pair: Pair) -> Instrument:
    """BTC_USDC."""
    tick = tick_decimals(pair, {}, 1e-5)
    lot = max(0, 4 - tick)
    return Instrument(pair, f"{pair.base}_{pair.quote}", tick, lot, tick, lot)


def perpetual_terms(pairs: list[Pair]) -> VenueTerms:
    """BTC/USD and ETH/USD inverse, all in USDC linear."""
    listed = [inverse(pair) for pair in pairs if pair.quote == "USD" and pair.base in INVERSE]
    listed += [linear(pair) for pair in pairs if pair.quote == "USDC" and pair.base not in CASH]
    profile = Profile(levels=600, changes=30, lag=0.05, offset=0.1e-4, trade_rate=0.4, first_sequence=45_000_000_000)
    return VenueTerms("deribit", tuple(listed), profile)


def spot_terms(pairs: list[Pair]) -> VenueTerms:
    """Pairs in USDC, USDT and coins."""
    listed = [spot(pair) for pair in pairs if pair.quote != "USD"]
    profile = Profile(levels=200, changes=10, half_spread=0.5e-4, lag=0.3, offset=0.2e-4, trade_rate=0.05,
                      first_sequence=7_000_000_000)  # fmt: skip
    return VenueTerms("deribit_spot", tuple(listed), profile)
