"""The open interest of a simulated contract over time; now it is in its history, the past is invented."""

import random

from .generator import VenueMarket

WANDER = 0.03
LOTS = 20_000  # median orders that are open


def history(market: VenueMarket, period_ms: int) -> list[tuple[int, int, int]]:
    """(time in ms, open interest in lots, price in ticks) at the start of each period of the history, oldest first.

    Always the same for the same contract and moment.
    """
    candles = market.history.candles(period_ms, market.clock_us)
    return [(candle.start_ms, lots_at(market, candle.start_ms), candle.open) for candle in candles]


def lots_at(market: VenueMarket, time_ms: int) -> int:
    """The open interest that is told for a moment of the past, in lots."""
    item = market.instrument
    drift = random.Random(f"{item.symbol}/{time_ms}").uniform(1 - WANDER, 1 + WANDER)
    return max(1, int(LOTS * item.median_lots() * drift))
