"""Lets each trade through once, however many connections bring it."""

from __future__ import annotations

import threading
from collections import OrderedDict

# Trades of one stream that two connections may be apart.
REMEMBERED = 2048


class TradeFilter:
    """Remembers the newest trade ids of each stream. Thread-safe.

    While one connection takes over from another both bring the same trades, and neither may be ignored: the old one
    may be ahead and the new one may outlive it. The first to bring a trade counts.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._lock = threading.Lock()
        self._seen: dict[str, OrderedDict[str, None]] = {}

    def first(self, stream: str, trade_id: str) -> bool:
        """Whether this trade is new; it is remembered."""
        with self._lock:
            seen = self._seen.setdefault(stream, OrderedDict())
            if trade_id in seen:
                return False
            seen[trade_id] = None
            if len(seen) > self._remembered:
                seen.popitem(last=False)
            return True
