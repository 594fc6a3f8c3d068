"""Trades that cannot have happened on a book: when they are too many, and where a price lies. In C: trade_through.h."""

from __future__ import annotations

from decimal import Decimal

SECOND = 1_000_000_000

FAR_TRADES, FAR_TIME = 5, 3 * SECOND
"""Trades walk through levels, and come before or after the book shows it: more trades far outside the touch, over a
longer time (nanoseconds), are not explained by that."""
FAR_PERCENT = 1
"""Of the best price: so far outside is far."""
THROUGH_TRADES, THROUGH_TIME = 3, 2 * SECOND
"""A book shows within a fraction of a second that a level was taken; the slowest streams have one frame per second."""

BELOW_BID, ABOVE_ASK, FAR_OUTSIDE = 1, 2, 4
"""Where a price lies; 0: at the touch, or between."""
UNKNOWN, BUYS, SELLS = range(3)
"""The aggressor of a trade."""


def price_place(price: Decimal, bid: int, ask: int, decimals: int) -> int:
    """Where a price lies beside the best prices of a book, which are scaled integers."""
    whole, parts = price.as_integer_ratio()
    price_scaled, bid_scaled, ask_scaled = whole * 10**decimals, bid * parts, ask * parts
    place = (BELOW_BID if price_scaled < bid_scaled else 0) | (ABOVE_ASK if price_scaled > ask_scaled else 0)
    if not place:
        return 0
    low, high = bid_scaled * (100 - FAR_PERCENT), ask_scaled * (100 + FAR_PERCENT)
    return place if low <= 100 * price_scaled <= high else place | FAR_OUTSIDE


def finding_far(price: Decimal) -> str:
    """What too many trades far outside the touch say."""
    return f"trades at {price:f} are far outside the touch"


def finding_through(price: Decimal) -> str:
    """What too many trades through a standing level say."""
    return f"trades at {price:f} go through a level that does not change"
