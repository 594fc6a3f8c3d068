"""Newest open interest of one market's venues."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from ... import clock
from ...market.live_view import LiveView
from ...protocol.candle_source import OpenInterest
from ..candles.runtime import CandleRuntime
from ..market_analytics import MarketAnalytics, MarketRuntime


@dataclass(frozen=True, slots=True)
class VenueOpenInterest:
    """Open interest of one venue."""

    venue: str
    value: Decimal
    """Base units."""
    exchange_time: int
    """Nanoseconds UTC; 0: the venue sends no time."""
    receive_time: int


class OpenInterestRuntime(MarketRuntime):
    """Takes the venues' open interest, in base units; candles have it too."""

    def __init__(self, mine: MarketAnalytics) -> None:
        super().__init__(mine)
        self.latest = LatestOpenInterest()
        self._view = LiveView(mine.market)

    def venues_changed(self, gone: Collection[str]) -> None:
        """Forgets removed venues."""
        for venue in gone:
            self.latest.forget(venue)

    def open_interest(self, venue: str, update: OpenInterest, at: int) -> None:
        """A venue has sent its open interest."""
        now = clock.time_ns()
        taken = self.latest.take(venue, update, self._mid() if update.in_quote else None, now)
        if taken is not None:
            candles = self.mine.get(CandleRuntime).candles
            candles.interest(venue, taken.value, at or taken.exchange_time or now)
            self.mine.mark_changed()

    def _mid(self) -> Decimal | None:
        """Mid of the live venues."""
        with self.mine.market.consistency_lock:
            view = self._view.refreshed()
            return None if view.mid is None else Decimal(view.mid).scaleb(-view.price_decimals - 1)


class LatestOpenInterest:
    """Written by feeds and by the venues' history, read by all."""

    def __init__(self) -> None:
        self.version = 0
        """Counts the changes."""
        self._lock = threading.Lock()
        self._venues: dict[str, VenueOpenInterest] = {}

    def take(
        self, venue: str, update: OpenInterest, mid: Decimal | None, receive_time: int
    ) -> VenueOpenInterest | None:
        """Takes a venue's open interest. In quote units it is divided by `mid`; without a mid it has no value in base
        units."""
        if update.in_quote and not mid:
            return None
        value = (update.amount / mid).quantize(Decimal("1e-8")) if update.in_quote and mid else update.amount
        interest = VenueOpenInterest(venue, value, update.exchange_time, receive_time)
        with self._lock:
            before = self._venues.get(venue)
            if before is not None and 0 < update.exchange_time < before.exchange_time:
                return None  # The answer to a question was slower than the stream.
            self._venues[venue] = interest
            self.version += before is None or before.value != value
        return interest

    def forget(self, venue: str) -> None:
        """The venue is read no longer."""
        with self._lock:
            self.version += self._venues.pop(venue, None) is not None

    def of(self, venue: str) -> VenueOpenInterest | None:
        """The open interest of one venue."""
        return self._venues.get(venue)

    def all(self) -> list[VenueOpenInterest]:
        """The open interest of each venue."""
        with self._lock:
            return [self._venues[name] for name in sorted(self._venues)]
