"""Everything that is computed from books and trades, market by market, on the dispatcher thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from weakref import WeakSet

from orderbook_ext import BookUpdate

from .. import clock
from ..logs import about
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from ..units import SECOND
from .attempt import all_in_turn
from .market_analytics import Emit, MarketAnalytics, MarketRuntime
from .registry import RUNTIMES
from .settings import AnalyticsSettings

TICK = SECOND // 4
STEP = SECOND // 5
"""Largest change of the clock between two ticks that is not reported: time services slew by less."""

log = logging.getLogger(__name__)


class AnalyticsEngine(MarketListener):
    """Runs all analytics of the registry for every market. An analytic that fails does not affect the others."""

    def __init__(
        self,
        settings: AnalyticsSettings,
        emit: Emit,
        changed: Callable[[Market], None],
        follow_updates: Callable[[MarketListener, Market, int], None] = lambda _listener, _market, _levels: None,
        heard: Callable[[Market, Hashable], bool] = lambda _market, _source: True,
    ) -> None:
        """`emit` publishes an event. `changed` marks the topics of a market. `follow_updates` hands every update of a
        market's books to this listener, with this number of levels (0: no longer). `heard`: whether anybody takes the
        events of a source of a market."""
        self.settings = settings
        self._emit = emit
        self._mark_changed = changed
        self._follow_updates = follow_updates
        self._heard = heard
        self._lock = threading.Lock()
        self.markets: dict[Market, MarketAnalytics] = {}
        """Markets that were asked about or had events. Guarded by the lock."""
        self._gone: WeakSet[Market] = WeakSet()
        """Removed: a request that was read before must not bring them back."""
        self._ticked = 0
        self._difference = 0
        """The server's clock less the monotonic clock, at the last tick."""

    def of(self, market: Market) -> MarketAnalytics:
        """The runtimes of this market."""
        known = self.markets.get(market)
        if known is not None:
            return known
        made = MarketAnalytics(
            market, self.settings, RUNTIMES, self._emit, self._mark_changed, self._follow, self._heard
        )
        with self._lock:
            return made if market in self._gone else self.markets.setdefault(market, made)

    def _follow(self, market: Market, levels: int) -> None:
        if market not in self._gone:
            self._follow_updates(self, market, levels)

    # -- the dispatcher thread -----------------------------------------------------------------------------------

    def market_added(self, market: Market) -> None:
        """Begins."""
        self.of(market)

    def market_removed(self, market: Market) -> None:
        """Forgets the market."""
        with self._lock:
            self._gone.add(market)
            self.markets.pop(market, None)

    def venue_added(self, market: Market, venue: str) -> None:  # noqa: ARG002 - the market knows
        """Begins with a venue."""
        self.of(market).call(MarketRuntime.venues_changed, ())

    def venue_removed(self, market: Market, venue: str) -> None:
        """Forgets a removed venue, even if a venue of this name was added since."""
        self.of(market).call(MarketRuntime.venues_changed, (venue,))

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        self.of(market).call(MarketRuntime.trade, venue, trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing."""
        self.of(market).call(MarketRuntime.trade_gap, venue, gap, receive_time)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades of a venue are received from this time on, or no longer."""
        self.of(market).call(MarketRuntime.trade_coverage, venue, complete, at)

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """A venue has sent its open interest."""
        self.of(market).call(MarketRuntime.open_interest, venue, update, at)

    def book_changed(self, market: Market) -> None:
        """A book or a state of the market changed."""
        self.of(market).call(MarketRuntime.book_changed)

    def book_updates(self, market: Market, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """Every update of a book."""
        self.of(market).call(MarketRuntime.book_updates, venue, updates, lost)

    def tick(self) -> None:
        """Time passes."""
        now = clock.time_ns()
        if 0 <= now - self._ticked < TICK:  # Before it: the clock was set back.
            return
        second = now // SECOND != self._ticked // SECOND
        self._note_step(now)
        self._ticked = now
        all_in_turn(lambda mine: mine.call(MarketRuntime.tick, now, second), list(self.markets.values()))

    def _note_step(self, now: int) -> None:
        """How far the server's clock was put forward, measured against the monotonic clock."""
        difference = now - clock.monotonic_ns()
        step = difference - self._difference if self._difference else 0
        self._difference = difference
        if abs(step) > STEP:
            log.warning("the clock of this machine was set by %+.3f s", step / SECOND, extra=about("clock_set"))
            for mine in list(self.markets.values()):
                mine.call(MarketRuntime.clock_stepped, step)
