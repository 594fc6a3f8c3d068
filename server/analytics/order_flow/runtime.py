"""Order flow of one market, followed from the first request on, and as long as requests come."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from weakref import WeakSet

from orderbook_ext import BookStatus, BookUpdate, UpdateLog

from ... import clock
from ...model import Trade, TradeGap, TradesState, VenueState
from ..exact import shifted
from ..market_analytics import MarketAnalytics, MarketRuntime
from ..venue_clock import event_time
from .compute import FlowWindow, VenueFlow

LEVELS = 10
"""Levels per side that are followed: the most that a request can have."""
KEPT = 600.0
"""Seconds after the last question for which the flow is followed on."""


@dataclass(frozen=True, slots=True)
class VenueSnapshot:
    """Order flow of one venue at a moment."""

    venue: str
    sizes: tuple[Decimal, Decimal] | None
    """Of the best levels, bids and asks; None while the book is not live."""
    windows: Sequence[FlowWindow]


class OrderFlowRuntime(MarketRuntime):
    """Costs nothing until the first request: from then on it receives every update of the market's books."""

    def __init__(self, mine: MarketAnalytics) -> None:
        super().__init__(mine)
        self._lock = threading.Lock()
        self._venues: dict[str, VenueFlow] = {}
        self._asked = 0.0
        self._active = False
        self._holders: WeakSet[object] = WeakSet()

    @property
    def active(self) -> bool:
        """Whether the flow is followed now."""
        return self._active

    def hold(self, holder: object) -> None:
        """Follows the flow for as long as the holder lives, at least."""
        self._holders.add(holder)
        self._begin()

    def _begin(self) -> None:
        """A request arrived."""
        with self._lock:
            self._asked = clock.monotonic()
            if self._active:
                return
            self._active = True
            for venue, entry in self.mine.market.entries.items():
                self._look(self._venue(venue), entry)
        self.mine.follow_updates(LEVELS)

    @staticmethod
    def _look(flow: VenueFlow, entry: BookStatus) -> None:
        """Begins with the present book; the lock is held."""
        now, log = clock.time_ns(), UpdateLog(entry, levels=LEVELS, capacity=1)
        log.close()
        for update in log.take()[0]:
            flow.book.update(update, now)
        if entry.trades_state == TradesState.RECEIVED:
            flow.trades.absences.end(now)

    def _venue(self, venue: str) -> VenueFlow:
        """Lock held."""
        flow = self._venues.get(venue)
        if flow is None:
            flow = self._venues[venue] = VenueFlow(LEVELS, self.mine.settings.windows)
        return flow

    # -- the dispatcher's thread ---------------------------------------------------------------------------------

    def venues_changed(self, gone: Collection[str]) -> None:
        """Forgets removed venues."""
        with self._lock:
            for venue in gone:
                self._venues.pop(venue, None)

    def book_updates(self, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """Adds the updates."""
        with self._lock:
            if not self._active:
                return
            book = self._venue(venue).book
            at = 0
            for update in updates:
                at = event_time(update.exchange_time, update.receive_time)
                book.update(update, at)
            if lost:
                book.lost(at or clock.time_ns())

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:
        """Adds a trade. After a loss only the next trade shows that they are received again."""
        if not self._active:
            return
        with self._lock:
            at = event_time(trade.exchange_time, receive_time)
            trades = self._venue(venue).trades
            trades.absences.end(at)
            trades.add(trade, at)

    def trade_gap(self, venue: str, gap: TradeGap, receive_time: int) -> None:  # noqa: ARG002 - wherever it is
        """Marks the affected candles."""
        if not self._active:
            return
        with self._lock:
            trades = self._venue(venue).trades
            trades.absences.between(trades.sums.newest or receive_time, receive_time)

    def trade_coverage(self, venue: str, complete: bool, at: int) -> None:
        """Marks the time in which trades are not received."""
        if not self._active:
            return
        with self._lock:
            absences = self._venue(venue).trades.absences
            if complete:
                absences.end(at)
            else:
                absences.begin(at)

    def tick(self, now: int, second: bool) -> None:  # noqa: ARG002 - by a clock that is never set
        """Ends after a time without requests."""
        if not self._active or self._holders or clock.monotonic() - self._asked < KEPT:
            return
        self.mine.follow_updates(0)
        with self._lock:
            self._active = False
            self._venues.clear()

    # -- other threads -------------------------------------------------------------------------------------------

    def snapshot(self, venues: Collection[str], levels: int) -> list[VenueSnapshot]:
        """The flow of these venues now, in the market's order; venues that do not list the market are left out. All
        windows end at the same time."""
        self._begin()
        entries = self.mine.market.entries
        names = [
            name
            for name, entry in entries.items()
            if (not venues or name in venues) and entry.state != VenueState.UNSUPPORTED
        ]
        with self._lock:
            flows = {name: self._venue(name) for name in names}
            end = max(clock.time_ns(), *(flow.newest for flow in flows.values())) if flows else 0
            return [
                VenueSnapshot(name, _sizes(flow.book.shown, levels), flow.window_values(end))
                for name, flow in flows.items()
            ]


def _sizes(shown: BookUpdate | None, levels: int) -> tuple[Decimal, Decimal] | None:
    if shown is None:
        return None
    bids, asks = (sum(size for _, size in side[:levels]) for side in (shown.bids, shown.asks))
    return shifted(bids, shown.size_decimals), shifted(asks, shown.size_decimals)
