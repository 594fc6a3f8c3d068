"""What calls of analytics work with: real markets, dispatcher, reader and topics, without a transport."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderbook_ext import OrderBook
from server.analytics.calls import CallContext, Opened
from server.analytics.engine import AnalyticsEngine
from server.analytics.quotes.compute import Terms
from server.analytics.registry import ANALYTICS
from server.analytics.settings import AnalyticsSettings
from server.api.past_streams import PastStreams
from server.api.requests import RequestLimits, RequestReader
from server.api.topics import Topics
from server.market.market import Market
from server.model import Pair, VenueState
from server.publish.channel import Overflow
from server.publish.dispatcher import Dispatcher
from server.publish.epoch import Epoch

VENUES = ("alpha", "beta")


class CallRig:
    """Markets of two venues whose books the test fills; no thread runs."""

    def __init__(
        self, *pairs: str, fees: Mapping[str, Decimal] | None = None, settings: AnalyticsSettings | None = None
    ) -> None:
        self.dispatcher = Dispatcher(Epoch.now())
        self.markets = {
            pair: Market(pair, VENUES, self.dispatcher.book_changed) for pair in map(Pair.parse, pairs or ("BTC/USDT",))
        }
        for market in self.markets.values():
            self.dispatcher.add_market(market)
        settings = settings or AnalyticsSettings()
        self.engine = AnalyticsEngine(
            settings,
            self.dispatcher.publisher.emit,
            self.dispatcher.book_changed,
            self.dispatcher.follow_updates,
        )
        self.dispatcher.listen(self.engine)
        reader = RequestReader(self.markets, 10, Decimal(0), RequestLimits(levels=50))
        self.context = CallContext(
            reader,
            Topics(self.dispatcher, 20),
            settings,
            self.engine.of,
            Terms(fees or {}, lambda _venue, _market: None),
            PastStreams(None, self.dispatcher.epoch),
            None,
        )
        self._unary: dict[str, Any] = {}
        self._streaming: dict[str, Any] = {}
        for analytic in ANALYTICS:
            calls: Any = analytic.calls(self.context)
            self._unary.update(calls.unary())
            self._streaming.update(calls.streaming())

    @property
    def market(self) -> Market:
        """The first one."""
        return next(iter(self.markets.values()))

    def fill(self, venue: str, bid: str, ask: str, size: str = "1", market: Market | None = None) -> None:
        """Makes a venue live with one level a side."""
        market = market or self.market
        entry = market.entries[venue]
        book = OrderBook(2, 3, lock=market.lock)
        book.load([(bid, size)], [(ask, size)], whole=True)
        entry.book, now = book, time.time_ns()
        entry.stamp(now, now, time.monotonic_ns(), 1)
        entry.state = VenueState.LIVE
        market.changed()

    def ask(self, name: str, request: Any) -> bytes:
        """The answer to a call of one answer, by way of the parser of its request."""
        call, parse = self._unary[name]
        answer = call(parse(request.SerializeToString()))
        assert isinstance(answer, bytes)
        return answer

    def open(self, name: str, request: Any) -> Opened:
        """What a stream reads from."""
        call, parse = self._streaming[name]
        channel, overflow = call(parse(request.SerializeToString()))
        assert isinstance(overflow, Overflow)
        return channel, overflow
