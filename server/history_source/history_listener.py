"""Hears what happens in the markets, and hands it to the history as rows."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable, Iterable

from .. import clock
from ..analytics.averages.runtime import PriceChoice, PriceSamplers
from ..analytics.candles.candle import CandleState
from ..analytics.candles.runtime import CandleEvent
from ..analytics.engine import AnalyticsEngine
from ..history.errors import NumberError
from ..history.intake import Row
from ..history.rows import OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from ..logs import about
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import Trade, TradeGap, VenueState
from ..protocol.candle_source import OpenInterest
from ..units import SECOND
from .candle_rows import candle_row
from .market_sampler import MarketSampler
from .row_markets import RowMarkets

log = logging.getLogger(__name__)

Put = Callable[[Iterable[Row]], None]


class HistoryListener(MarketListener):
    """A listener of the dispatcher. `put` takes rows, and must not wait. Books and prices are sampled once per second;
    everything else is kept as it happens."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._markets = RowMarkets()
        self._samplers: dict[Market, MarketSampler] = {}
        self._states: dict[tuple[Market, str], int] = {}
        self._second = 0
        self._due: deque[Market] = deque()
        """Markets that are to be sampled in this second."""
        self._markets_due = 0
        """Their number when the second began."""
        self.refused = 0
        """Rows whose numbers no scale holds."""
        self.analytics: AnalyticsEngine | None = None
        """Where averages are read; set before the first market is added."""

    # -- markets ---------------------------------------------------------------------------------------------------

    def market_added(self, market: Market) -> None:
        """Begins."""
        engine = self.analytics
        assert engine is not None
        prices = engine.of(market).get(PriceSamplers)
        default = prices.of(PriceChoice())
        self._samplers[market] = MarketSampler(market, self._markets, default.averages)

    def market_removed(self, market: Market) -> None:
        """Ends."""
        self._samplers.pop(market, None)
        self._states = {key: state for key, state in self._states.items() if key[0] is not market}

    # -- events ----------------------------------------------------------------------------------------------------

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        self._keep(lambda: self._trade(market, venue, trade, receive_time))

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing."""
        row_market = self._markets.of(market.pair, venue)
        self._put((TradeGapRow(row_market, receive_time, gap.after_id, gap.before_id, gap.missing),))

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """A venue has sent its open interest."""
        now = clock.time_ns()
        row_market = self._markets.of(market.pair, venue)
        self._put((OpenInterestRow(row_market, at or update.exchange_time or now, update.amount, now),))

    def emit(self, market: Market, _source: Hashable, venue: str, event: object, _receive_time: int) -> None:
        """An event of the analytics: candles that are closed or corrected are kept."""
        if isinstance(event, CandleEvent) and event.candle.state is not CandleState.OPEN:
            candle = event.candle
            self._keep(lambda: candle_row(self._markets, market.pair, venue, candle))

    def book_changed(self, market: Market) -> None:
        """A book or a state of the market changed."""
        now = clock.time_ns()
        for name, state, detail, *_rest in market.states():
            if self._states.get((market, name)) != state and state:
                self._states[market, name] = state
                self._put((StatusRow(self._markets.of(market.pair, name), now, VenueState(state), detail),))

    def tick(self) -> None:
        """Time passes: once per second the books and prices of each market are sampled, one market after the other over
        the second: all at once they would hold up what is published."""
        now = clock.time_ns()
        second, part = divmod(now, SECOND)
        if second != self._second:
            self._sample(len(self._due), now)  # Nobody has called for the rest of the second before.
            self._second, self._due = second, deque(self._samplers)
            self._markets_due = len(self._due)
        done = self._markets_due - len(self._due)
        self._sample(self._markets_due * part // SECOND + 1 - done, now)

    def _sample(self, count: int, now: int) -> None:
        """Samples so many of the markets that are due, or all of them."""
        for _ in range(min(count, len(self._due))):
            sampler = self._samplers.get(self._due.popleft())
            if sampler is not None:  # The market was not removed meanwhile.
                self._put(sampler.rows(now))

    def _keep(self, make: Callable[[], Row]) -> None:
        """Hands on a row; numbers that no scale holds are counted, and the first is logged."""
        try:
            row = make()
        except NumberError as error:
            if not self.refused:
                log.error("a row of the history is refused: %s", error, extra=about("history_refused"))
            self.refused += 1
            return
        self._put((row,))

    def _trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> TradeRow:
        numbers = (trade.price,), (trade.size,)
        row_market = self._markets.known(market.pair, venue) or self._markets.of(market.pair, venue, *numbers)
        try:
            price, quantity = row_market.price(trade.price), row_market.quantity(trade.size)
        except NumberError:
            row_market = self._markets.of(market.pair, venue, *numbers)
            price, quantity = row_market.price(trade.price), row_market.quantity(trade.size)
        time = trade.exchange_time if trade.exchange_time > 0 else receive_time
        return TradeRow(row_market, time, trade.trade_id, trade.side, price, quantity, receive_time)
