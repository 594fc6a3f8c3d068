"""Settings of the analytics, and the differences from a venue's own numbers that are an alarm."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from ..units import SECOND
from .intervals import Interval

DEFAULT_INTERVALS = ("1s", "1m", "5m", "15m", "1h", "4h", "1d")


@dataclass(frozen=True, slots=True)
class AnalyticsSettings:
    """Checked settings; see docs/operating.md."""

    intervals: tuple[Interval, ...] = tuple(Interval.parse(name) for name in DEFAULT_INTERVALS)
    """Of the candles, shortest first."""
    windows: tuple[int, ...] = (30 * SECOND, 60 * SECOND)
    """Of the average prices, nanoseconds, shortest first."""
    history: int = 60
    """Number of candles of each interval to request from a venue at the start; 0 is none."""
    kept: int = 300
    """Number of candles to keep per interval, venue and market: up to 1 KiB each."""
    reach: int = 0
    """Of an edge, whose candles are those that ingesters publish: nanoseconds before its start from which on it
    receives trades; 0: no edge."""
    price_tolerance: Decimal = Decimal("0.0001")
    """Relative difference from the venue's final candle above which a price is an alarm."""
    volume_tolerance: Decimal = Decimal("0.005")
    """The same of the volumes."""
    interest_interval: float = 60.0
    """Seconds between two requests for open interest, at venues that do not stream it."""
    fee_tier: str = ""
    """Which of the venues' taker fees counts; empty is their `taker_fee`."""
    taker_fees: dict[str, Decimal] = field(default_factory=dict)
    """By venue: the part of the notional that a taker pays."""
