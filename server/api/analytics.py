"""onebook.v1.AnalyticsService: averages, trade VWAP, candles, open interest and quotes."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from onebook.v1 import analytics_pb2 as pb

from ..analytics.averages.topic import AveragesTopic
from ..analytics.candles.message import add_quality, candle, coverage
from ..analytics.candles.request import CandlePage, CandleReader, fill_of
from ..analytics.candles.topic import CandleTopic
from ..analytics.engine import AnalyticsEngine
from ..analytics.open_interest.topic import OpenInterestTopic
from ..analytics.quotes.compute import Terms
from ..analytics.quotes.request import order_of
from ..analytics.quotes.topic import QuoteTopic
from ..analytics.vwap.request import window_of
from ..analytics.vwap.runtime import WindowChoice
from ..analytics.vwap.topic import TradeVwapTopic
from ..market.market import Market
from ..publish.qualities import MarketQuality
from ..publish.topics import BookChoice
from .calls import Opened, Service, Streaming, Unary
from .requests import RequestReader
from .topics import Topics

SERVICE = "onebook.v1.AnalyticsService"
AVERAGES_INTERVAL = 1000
QUOTE_INTERVAL = 100
"""Milliseconds between messages where a request does not say."""


class Analytics:
    """The calls of the service."""

    def __init__(self, reader: RequestReader, topics: Topics, engine: AnalyticsEngine, terms: Terms) -> None:
        self._reader = reader
        self._topics = topics
        self._engine = engine
        self._terms = terms
        self._candles = CandleReader(engine.settings.intervals)

    def service(self) -> Service:
        """What a transport carries."""
        return Service(
            SERVICE,
            {
                "GetAverages": Unary(self._get_averages, pb.GetAveragesRequest.FromString),
                "GetTradeVwap": Unary(self._get_trade_vwap, pb.GetTradeVwapRequest.FromString),
                "GetCandles": Unary(self._get_candles, pb.GetCandlesRequest.FromString),
                "GetOpenInterest": Unary(self._get_interest, pb.GetOpenInterestRequest.FromString),
                "GetQuote": Unary(self._get_quote, pb.GetQuoteRequest.FromString),
            },
            {
                "StreamAverages": Streaming(self._stream_averages, pb.StreamAveragesRequest.FromString),
                "StreamTradeVwap": Streaming(self._stream_trade_vwap, pb.StreamTradeVwapRequest.FromString),
                "StreamCandles": Streaming(self._stream_candles, pb.StreamCandlesRequest.FromString),
                "StreamOpenInterest": Streaming(self._stream_interest, pb.StreamOpenInterestRequest.FromString),
                "StreamQuote": Streaming(self._stream_quote, pb.StreamQuoteRequest.FromString),
            },
        )

    # -- averages ------------------------------------------------------------------------------------------------

    def _get_averages(self, request: pb.GetAveragesRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._topics.once(self._averages(market, self._price_choice(market, request), 0.0))

    def _stream_averages(self, request: pb.StreamAveragesRequest) -> Opened:
        market = self._reader.market(request.market)
        choice = self._price_choice(market, request)
        interval = self._reader.interval(request.min_interval_ms or AVERAGES_INTERVAL)
        key = (AveragesTopic, market, choice, interval)
        return self._topics.state(key, lambda: self._averages(market, choice, interval))

    def _price_choice(self, market: Market, request: Any) -> BookChoice:
        return self._reader.choice(market, 1, request.venues, "0", request.vwap_levels)

    def _averages(self, market: Market, choice: BookChoice, interval: float) -> AveragesTopic:
        return AveragesTopic(self._engine.of(market), self._topics.epoch, interval, choice)

    # -- trade VWAP ----------------------------------------------------------------------------------------------

    def _get_trade_vwap(self, request: pb.GetTradeVwapRequest) -> bytes:
        market, choice = self._window(request)
        return TradeVwapTopic(self._engine.of(market), self._topics.epoch, choice).encode_once()

    def _stream_trade_vwap(self, request: pb.StreamTradeVwapRequest) -> Opened:
        market, choice = self._window(request)
        return self._topics.events(
            choice,
            market,
            lambda: TradeVwapTopic(self._engine.of(market), self._topics.epoch, choice),
            request.on_overflow,
        )

    def _window(self, request: Any) -> tuple[Market, WindowChoice]:
        market = self._reader.market(request.market)
        return market, window_of(request, self._reader.venue(market, request.venue))

    # -- candles -------------------------------------------------------------------------------------------------

    def _get_candles(self, request: pb.GetCandlesRequest) -> bytes:
        market = self._reader.market(request.market)
        venue = self._reader.venue(market, request.venue)
        page = self._candles.page(request)
        candles = self._engine.of(market).candles
        found = candles.candles(venue, page.interval, page.start, page.end, page.size + 1, page.fill, page.include_open)
        response, quality = pb.GetCandlesResponse(), MarketQuality(market)
        for made in found[: page.size]:
            message = response.candles.add(market=market.name, venue=venue)
            message.header.publish_time_nanos, message.header.epoch = time.time_ns(), self._topics.epoch.start
            candle(message, made)
            coverage(message, market, candles, made)
        if response.candles:
            # The newest says how things stand; the others are history.
            add_quality(response.candles[-1], quality)
        if len(found) > page.size:
            response.next_page_token = CandlePage.token(found[page.size].open_time)
        return response.SerializeToString()

    def _stream_candles(self, request: pb.StreamCandlesRequest) -> Opened:
        market = self._reader.market(request.market)
        venue = self._reader.venue(market, request.venue)
        names = tuple(sorted({self._candles.interval(name).name for name in request.intervals or [""]}))
        fill = fill_of(request.fill)
        return self._topics.events(
            (CandleTopic, venue, names, fill, request.include_open),
            market,
            lambda: CandleTopic(self._engine.of(market), self._topics.epoch, venue, names, fill, request.include_open),
            request.on_overflow,
        )

    # -- open interest -------------------------------------------------------------------------------------------

    def _get_interest(self, request: pb.GetOpenInterestRequest) -> bytes:
        return self._topics.once(self._interest(self._reader.market(request.market)))

    def _stream_interest(self, request: pb.StreamOpenInterestRequest) -> Opened:
        market = self._reader.market(request.market)
        return self._topics.state((OpenInterestTopic, market), lambda: self._interest(market))

    def _interest(self, market: Market) -> OpenInterestTopic:
        return OpenInterestTopic(self._engine.of(market), self._topics.epoch, 0.0)

    # -- quotes --------------------------------------------------------------------------------------------------

    def _get_quote(self, request: pb.GetQuoteRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._topics.once(self._quote(market, request, 0.0))

    def _stream_quote(self, request: pb.StreamQuoteRequest) -> Opened:
        market = self._reader.market(request.order.market)
        interval = self._reader.interval(request.min_interval_ms or QUOTE_INTERVAL)
        key = (QuoteTopic, market, request.order.SerializeToString(deterministic=True), interval)
        return self._topics.state(key, lambda: self._quote(market, request.order, interval))

    def _quote(self, market: Market, request: pb.GetQuoteRequest, interval: float) -> QuoteTopic:
        order = order_of(request)
        foreign = self._reader.foreign(market, request.quote_currencies)
        choice = BookChoice(1, Decimal(0), self._reader.venues(market, request.venues))
        return QuoteTopic(market, self._topics.epoch, interval, choice, foreign, order, self._terms)
