"""A listener that remembers what feeds say."""

from __future__ import annotations

from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Trade, TradeGap
from server.protocol.candle_source import OpenInterest


class Hearer(FeedListener):
    """Everything that was heard, in its order."""

    def __init__(self) -> None:
        self.trades: list[Trade | TradeGap] = []
        self.coverage: list[tuple[bool, int]] = []
        self.interest: list[tuple[str, OpenInterest, int]] = []

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        self.trades.append(trade)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        self.trades.append(gap)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        self.coverage.append((complete, at))

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        self.interest.append((venue, update, at))
