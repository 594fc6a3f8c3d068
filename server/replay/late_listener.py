"""Keeps from readers what happens before the replay's begin: books become right meanwhile, and nobody hears of it."""

from __future__ import annotations

from .. import clock
from ..market.feed_listener import FeedListener
from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest


class LateListener(FeedListener):
    """A listener between feeds and another one, which hears nothing until open()."""

    def __init__(self, listener: FeedListener) -> None:
        self._listener = listener
        self._open = False
        self._covered: dict[tuple[Market, str], bool] = {}

    def open(self) -> None:
        """From now on events are passed on; the other one is told whose trades are received."""
        self._open = True
        for (market, venue), complete in self._covered.items():
            self._listener.trade_coverage(market, venue, complete, clock.time_ns())
        self._covered.clear()

    def book_changed(self, market: Market) -> None:
        """A book or a state changed."""
        if self._open:
            self._listener.book_changed(market)

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        if self._open:
            self._listener.trade(market, venue, trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing."""
        if self._open:
            self._listener.trade_gap(market, venue, gap, receive_time)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades are received, or no longer: what holds at the begin is told then."""
        if self._open:
            self._listener.trade_coverage(market, venue, complete, at)
        else:
            self._covered[market, venue] = complete

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """The venue has sent its open interest."""
        if self._open:
            self._listener.open_interest(market, venue, update, at)
