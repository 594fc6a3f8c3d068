"""The books and prices of one market, once per second."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from orderbook_ext import BookError, ConsolidatedView

from ..analytics.averages.compute import PriceAverage
from ..history.markets import CONSOLIDATED
from ..history.rows import BookRow, Level, MetricRow
from ..logs import about
from ..market.market import Market
from ..units import SECOND
from .row_markets import RowMarkets

log = logging.getLogger(__name__)

LEVELS = 20
"""Of the books that are kept."""
AVERAGE_DECIMALS = 12
"""Averages are ratios: they are rounded to so many decimals, half to even."""
SHORT, LONG = 30 * SECOND, 60 * SECOND


class MarketSampler:
    """All venues' books of one market, and the consolidated one with its prices and averages."""

    def __init__(self, market: Market, markets: RowMarkets, averages: Callable[[], Sequence[PriceAverage]]) -> None:
        self._market, self._markets, self._averages = market, markets, averages
        self._views: dict[str, ConsolidatedView] = {}
        self._entries = market.entries
        self._count = 0

    def rows(self, now: int) -> Iterator[BookRow | MetricRow]:
        """Rows of this moment (nanoseconds UTC). Books that are not live have none."""
        if self._entries is not self._market.entries:
            self._entries = self._market.entries
            self._views.clear()
        self._count += 1
        for venue in (CONSOLIDATED, *self._entries):
            try:
                with self._market.consistency_lock:
                    view = self._view(venue)
                    view.refresh()
                    bids, asks = _levels(view.bids), _levels(view.asks)
                    scales = view.price_decimals, view.size_decimals
                    price_decimals, _, _, price = view.vwap_prices()
            except BookError as error:
                log.debug(
                    "%s has no book now: %s", self._market.name, error, extra=about("no_price", self._market.name)
                )
                continue
            if not bids and not asks:
                continue
            market = self._markets.exactly(self._market.pair, venue, *scales)
            yield BookRow(market, now, self._count, bids, asks)
            if venue == CONSOLIDATED:
                vwap = None if price is None else Decimal(price).scaleb(-price_decimals)
                short, long = (self._average(window) for window in (SHORT, LONG))
                yield MetricRow(market, now, *_top(bids), *_top(asks), vwap, *short, *long)

    def _view(self, venue: str) -> ConsolidatedView:
        view = self._views.get(venue)
        if view is None:
            venues = (venue,) if venue else ()
            view = self._views[venue] = self._market.view(LEVELS, Decimal(0), venues)
        return view

    def _average(self, window: int) -> tuple[Decimal | None, int]:
        """The time-weighted average of a window, and its coverage in millionths; none where it is not configured."""
        found = next((each for each in self._averages() if each.window == window), None)
        if found is None or found.time_weighted is None:
            return None, 0
        return rounded(found.time_weighted), found.coverage_ppm


def rounded(value: Fraction) -> Decimal:
    """A ratio at AVERAGE_DECIMALS decimals, rounded half to even."""
    return Decimal(round(value * 10**AVERAGE_DECIMALS)).scaleb(-AVERAGE_DECIMALS)


def _levels(side: Sequence[tuple[int, int, int]]) -> tuple[Level, ...]:
    return tuple((price, size) for price, size, _venue in side)


def _top(side: Sequence[Level]) -> tuple[int | None, int | None]:
    return side[0] if side else (None, None)
