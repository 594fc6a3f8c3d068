"""A merged view of one market that follows added and removed venues."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orderbook_ext import ConsolidatedView

from .market import DEFAULT_VWAP_LEVELS, Market


class LiveView:
    """The best level of these venues (none: all), and prices over `vwap_levels`. It belongs to one thread at a time."""

    def __init__(
        self,
        market: Market,
        dust: Decimal = Decimal(0),
        venues: Sequence[str] = (),
        vwap_levels: int = DEFAULT_VWAP_LEVELS,
    ) -> None:
        self._market = market
        self._choice = dust, venues, vwap_levels
        self._entries = market.entries
        self._view = market.view(1, *self._choice)

    def refreshed(self) -> ConsolidatedView:
        """The view, merged anew; the market's consistency lock is held. Raises orderbook_ext.BookError."""
        if self._entries is not self._market.entries:
            self._entries = self._market.entries
            self._view = self._market.view(1, *self._choice)
        self._view.refresh()
        return self._view
