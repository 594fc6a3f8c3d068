"""A candle as clients get it: the numbers of onebook.v1.Candle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum

from ..intervals import Interval
from ..sums import VWAP_DECIMALS, ratio
from .coverage_log import Missing


class CandleState(IntEnum):
    """How far a candle can be trusted: the numbers of onebook.v1.CandleState."""

    OPEN = 1
    COMPLETE = 2
    PARTIAL_START = 3
    PARTIAL_GAP = 4


class CandleSource(IntEnum):
    """Where the numbers of a candle come from: the numbers of onebook.v1.CandleSource."""

    TRADES = 1
    VENUE = 2


class Fill(IntEnum):
    """What stands for an interval without trades: the numbers of onebook.v1.CandleFill."""

    NONE = 1
    PREVIOUS = 2
    NULL = 3


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A candle's numbers less the numbers of the venue's own final candle; None if one of the two candles has no such
    number."""

    time: int
    """Time of the comparison, nanoseconds UTC."""
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal | None
    """Base units."""
    quote_volume: Decimal | None
    """Quote units."""
    alarm: bool
    """The candle was thought complete, and a difference is above its threshold."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Differences that are no alarm: fractions of the venue's own number, such as Decimal("0.001") for 0.1 %."""

    price: Decimal = Decimal(0)
    volume: Decimal = Decimal(0)
    """Of both volumes."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an ingester said of a candle beside its numbers."""

    epoch: int
    """Which life of which ingester published the candle."""
    revision: int
    """The candle's revision there."""
    counted: tuple[str, ...]
    """The venues whose every trade is in the candle."""
    missing: tuple[Missing, ...]
    """The other venues."""


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low, close and volume of the trades in [open_time, close_time)."""

    interval: Interval
    open_time: int
    """Nanoseconds UTC."""
    close_time: int
    open: Decimal | None
    """Quote units for one base unit, as the other three; the four are None where there were no trades."""
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    volume: Decimal | None
    """Base units; None if the venue's own candle does not have them."""
    quote_volume: Decimal | None
    """Quote units; None if the venue's own candle does not have them."""
    trades: int | None
    """None if the venue's own candle does not have it."""
    state: CandleState
    source: CandleSource
    revision: int
    """0 for the first close of the candle; each correction adds one."""
    reconciliation: Reconciliation | None = None
    open_interest: Decimal | None = None
    """At the end of the interval, in the unit of the venue's message."""
    said: Said | None = None
    """Of a candle that an ingester published; None: this server made the candle."""

    @property
    def empty(self) -> bool:
        """There were no trades."""
        return self.open is None

    def vwap(self, decimals: int = VWAP_DECIMALS) -> Decimal | None:
        """quote_volume / volume, rounded once, half to even; None without both."""
        if not self.volume or self.quote_volume is None:
            return None
        return ratio(self.quote_volume, self.volume, decimals)

    def filled(self, price: Decimal | None) -> Candle:
        """An empty candle gets this price, the previous close, as its four prices; other candles stay as they are."""
        if not self.empty or price is None:
            return self
        return replace(self, open=price, high=price, low=price, close=price)
