"""Newest open interest of one market's venues."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal

from ...protocol.candle_source import OpenInterest


@dataclass(frozen=True, slots=True)
class VenueOpenInterest:
    """Open interest of one venue."""

    venue: str
    value: Decimal
    """Base units."""
    exchange_time: int
    """Nanoseconds UTC; 0: the venue does not say."""
    receive_time: int


class LatestOpenInterest:
    """Written by feeds and by the venues' history, read by all."""

    def __init__(self) -> None:
        self.version = 0
        """Counts the changes."""
        self._lock = threading.Lock()
        self._venues: dict[str, VenueOpenInterest] = {}

    def take(self, venue: str, told: OpenInterest, mid: Decimal | None, receive_time: int) -> VenueOpenInterest | None:
        """What a venue has told. In quote units it is divided by `mid`; without one it cannot be told in base units."""
        if told.in_quote and not mid:
            return None
        value = (told.amount / mid).quantize(Decimal("1e-8")) if told.in_quote and mid else told.amount
        interest = VenueOpenInterest(venue, value, told.exchange_time, receive_time)
        with self._lock:
            before = self._venues.get(venue)
            if before is not None and 0 < told.exchange_time < before.exchange_time:
                return None  # The answer to a question was slower than the stream.
            self._venues[venue] = interest
            self.version += before is None or before.value != value
        return interest

    def forget(self, venue: str) -> None:
        """The venue is read no longer."""
        with self._lock:
            self.version += self._venues.pop(venue, None) is not None

    def of(self, venue: str) -> VenueOpenInterest | None:
        """What is known of one venue."""
        return self._venues.get(venue)

    def all(self) -> list[VenueOpenInterest]:
        """What is known, by venue."""
        with self._lock:
            return [self._venues[name] for name in sorted(self._venues)]
