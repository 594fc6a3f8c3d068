"""Volume-weighted average price of the newest trades: a window of a number of trades, or of a time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

from ...errors import ConfigError
from ...model import Trade
from ..sums import add, is_later_id, ratio, subtract, worth

DEFAULT_TRADES = 200
_ZERO = Decimal(0)
_Entry = tuple[int, str, Decimal, Decimal]  # time, id, size, price x size


@dataclass(frozen=True, slots=True)
class TradeVwap:
    """What a window holds."""

    vwap: Decimal | None
    """Quote units for one base unit at 12 decimals, rounded once, half to even; None while there is no volume."""
    trades: int
    volume: Decimal
    """Base units, exact."""
    quote_volume: Decimal
    """Quote units, exact."""
    first_time: int
    """The venue's time of the oldest trade, nanoseconds UTC; 0 while there is none."""
    last_time: int
    """And of the newest."""
    last_id: str
    has_gap: bool
    """Trades are missing between the oldest and the newest; of a window of a time: or before the oldest within it."""


class TradeWindow:
    """The newest `trades` trades in order of arrival; or, with `nanos`, those of the time (newest - nanos, newest].

    In a window of a time late trades take their place, and those older than it are left out; in a window of a number
    they count as they come. 0 or fewer trades are a window that stays empty. Trades are expected once each. A trade and
    a value cost the same however long the window is; memory is that of the trades in it.
    """

    def __init__(self, trades: int | None = None, *, nanos: int | None = None) -> None:
        """`nanos`: length in nanoseconds. With neither: the newest 200 trades. ConfigError for both or no length."""
        if nanos is not None and (nanos <= 0 or trades is not None):
            raise ConfigError(
                f"a VWAP needs either a length of time or a number of trades, were {nanos} ns and {trades} trades"
            )
        self._most = DEFAULT_TRADES if trades is None else trades
        self._nanos = nanos
        self._entries: deque[_Entry] = deque()
        self._volume = self._quote = _ZERO
        self._seen = 0
        # Of the newest gap: how many trades were seen before it, and the time of the first one behind it.
        self._gap_seen = 0
        self._gap_time = 0
        self._gap_pending = False
        self.refused = 0
        """Trades with a price that is not above 0 or a size below 0, which are left out."""

    def add(self, trade: Trade) -> None:
        """Takes in one trade."""
        size, time = trade.size, trade.exchange_time
        try:
            quote = worth(trade.price, size)
        except ArithmeticError:
            self.refused += 1
            return
        if self._gap_pending:
            self._gap_pending, self._gap_seen, self._gap_time = False, self._seen, time
        self._seen += 1
        entries = self._entries
        if self._nanos is None:
            if self._most <= 0:
                return
            entries.append((time, trade.trade_id, size, quote))
            self._volume, self._quote = add(self._volume, size), add(self._quote, quote)
            if len(entries) > self._most:
                self._drop()
            return
        if not self._place((time, trade.trade_id, size, quote)):
            return
        self._volume, self._quote = add(self._volume, size), add(self._quote, quote)
        start = entries[-1][0] - self._nanos
        while entries[0][0] <= start:
            self._drop()

    def gap(self) -> None:
        """Trades are missing between the last trade and the next."""
        self._gap_pending = self._seen > 0

    def value(self) -> TradeVwap:
        """The average now."""
        entries = self._entries
        if not entries:
            return TradeVwap(None, 0, _ZERO, _ZERO, 0, 0, "", False)
        first, last = entries[0], entries[-1]
        vwap = ratio(self._quote, self._volume) if self._volume else None
        has_gap = self._has_gap(last[0])
        return TradeVwap(vwap, len(entries), self._volume, self._quote, first[0], last[0], last[1], has_gap)

    def _has_gap(self, newest: int) -> bool:
        if not self._gap_seen:
            return False
        if self._nanos is None:
            return self._gap_seen > self._seen - len(self._entries)
        # The window may begin within the gap: what is missing may belong to it until the trade behind it has left.
        return self._gap_time > newest - self._nanos

    def _place(self, entry: _Entry) -> bool:
        """Puts an entry where its time and id say; False if that is before the window."""
        entries = self._entries
        if not entries or _newer(entry, entries[-1]):
            entries.append(entry)
            return True
        if self._nanos is not None and entry[0] <= entries[-1][0] - self._nanos:
            return False
        # Late trades are late by little: the place is near the end.
        at = len(entries)
        while at and not _newer(entry, entries[at - 1]):
            at -= 1
        entries.insert(at, entry)
        return True

    def _drop(self) -> None:
        _, _, size, quote = self._entries.popleft()
        self._volume, self._quote = subtract(self._volume, size), subtract(self._quote, quote)


def _newer(one: _Entry, other: _Entry) -> bool:
    return one[0] > other[0] or (one[0] == other[0] and is_later_id(one[1], other[1]))
