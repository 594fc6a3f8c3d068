"""Follows the book VWAP price of one choice of venues all the time, so that its averages are always ready."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from weakref import WeakValueDictionary

from orderbook_ext import BookError

from ... import clock
from ...logs import about
from ...market.live_view import LiveView
from ...market.market import DEFAULT_VWAP_LEVELS, Market
from ..attempt import all_in_turn
from ..market_analytics import MarketAnalytics, MarketRuntime
from ..venue_clock import event_time
from .compute import PriceAverage, PriceAverages

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PriceChoice:
    """Choice of a price: the levels per side, and the venues (none: all)."""

    vwap_levels: int = DEFAULT_VWAP_LEVELS
    venues: tuple[str, ...] = ()
    dust: Decimal = Decimal(0)


class PriceSampler:
    """The averages of one market's price. Written on the dispatcher thread, read by all threads."""

    def __init__(self, market: Market, choice: PriceChoice, windows: Sequence[int]) -> None:
        self.choice = choice
        self._market = market
        self._lock = threading.Lock()
        self._averages = PriceAverages(windows)
        self._view = LiveView(market, choice.dust, choice.venues, choice.vwap_levels)
        self.note()

    def note(self) -> None:
        """The books have changed: takes the price of now; books that cannot be merged have none."""
        # Never the consistency lock inside of this one: topics read averages while they hold it.
        try:
            when, price = self._read()
        except BookError as error:
            extra = about("no_price", self._market.name)
            log.debug("%s has no price now: %s", self._market.name, error, extra=extra)
            when, price = clock.time_ns(), None
        with self._lock:
            self._averages.note(when, price)

    def _read(self) -> tuple[int, tuple[int, int] | None]:
        """When the newest change happened, and the price with its decimals."""
        with self._market.consistency_lock:
            view = self._view.refreshed()
            decimals, _, _, price = view.vwap_prices()
            if price is None:
                return clock.time_ns(), None
            return event_time(view.exchange_time, view.receive_time), (price, decimals)

    def averages(self) -> list[PriceAverage]:
        """The averages now, shortest window first."""
        with self._lock:
            return self._averages.averages(clock.time_ns())


class PriceSamplers(MarketRuntime):
    """The samplers of one market: the default choice's all the time, other choices' while a topic holds them."""

    def __init__(self, mine: MarketAnalytics) -> None:
        super().__init__(mine)
        self._lock = threading.Lock()
        self._samplers: WeakValueDictionary[PriceChoice, PriceSampler] = WeakValueDictionary()
        self._default = self.of(PriceChoice())

    def of(self, choice: PriceChoice) -> PriceSampler:
        """The averages of this choice, which continue while a topic holds them. Raises BookError."""
        with self._lock:
            known = self._samplers.get(choice)
            if known is None:
                known = self._samplers[choice] = PriceSampler(self.mine.market, choice, self.mine.settings.windows)
            return known

    def book_changed(self) -> None:
        """Takes the prices of now."""
        with self._lock:
            samplers = list(self._samplers.values())
        all_in_turn(PriceSampler.note, samplers)
