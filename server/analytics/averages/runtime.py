"""Watches the book VWAP price of one choice of venues all the time, so that its averages are there when asked for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from orderbook_ext import BookError

from ...logs import about
from ...market.live_view import LiveView
from ...market.market import DEFAULT_VWAP_LEVELS, Market
from .compute import PriceAverage, PriceAverages

log = logging.getLogger(__name__)

# A venue's clock that is farther off than this is not believed: the time of receipt counts instead.
CLOCK_SKEW = 2_000_000_000


@dataclass(frozen=True, slots=True)
class PriceChoice:
    """Whose price: over so many levels a side, of these venues (none: all)."""

    vwap_levels: int = DEFAULT_VWAP_LEVELS
    venues: tuple[str, ...] = ()
    dust: Decimal = Decimal(0)


class PriceSampler:
    """The averages of one market's price. Noted on the dispatcher thread, read by all."""

    def __init__(self, market: Market, choice: PriceChoice, windows: Sequence[int]) -> None:
        self.choice = choice
        self._market = market
        self._lock = threading.Lock()
        self._averages = PriceAverages(windows)
        self._view = LiveView(market, choice.dust, choice.venues, choice.vwap_levels)
        self.note()

    def note(self) -> None:
        """The books have changed: takes the price of now; books that cannot be merged have none."""
        # Never the gate inside of the lock: topics read the averages while they hold the gate.
        try:
            when, price = self._read()
        except BookError as error:
            extra = about("no_price", self._market.name)
            log.debug("%s has no price now: %s", self._market.name, error, extra=extra)
            when, price = time.time_ns(), None
        with self._lock:
            self._averages.note(when, price)

    def _read(self) -> tuple[int, tuple[int, int] | None]:
        """When the newest change happened, and the price with its decimals."""
        with self._market.gate:
            view = self._view.refreshed()
            decimals, _, _, price = view.vwap_prices()
            if price is None:
                return time.time_ns(), None
            return event_time(view.exchange_time, view.receive_time), (price, decimals)

    def averages(self) -> list[PriceAverage]:
        """The averages now, shortest window first."""
        with self._lock:
            return self._averages.averages(time.time_ns())


def event_time(exchange_time: int, receive_time: int) -> int:
    """When a change happened: by the venue's clock, unless that is far off, and never after it was received."""
    return min(exchange_time, receive_time) if receive_time - exchange_time <= CLOCK_SKEW else receive_time
