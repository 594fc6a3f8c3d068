"""onebook.v1.MarketDataService: requests in, topics or one-off encodings out. Responses are bytes already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onebook.v1 import market_data_pb2 as pb

from ..analytics.averages.topic import SummaryTopic
from ..analytics.engine import AnalyticsEngine
from ..market.market import Market
from ..publish.topics import BookChoice, BookTopic, StatusTopic
from ..publish.trade_topic import TradeTopic
from ..registry import Feed
from ..request_errors import invalid
from .calls import Opened, Service, Streaming, Unary
from .lists import market_message, venue_message
from .past_streams import PastStreams
from .requests import RequestReader
from .topics import Topics, topic_key

SERVICE = "onebook.v1.MarketDataService"


class MarketData:
    """The calls of the service."""

    def __init__(
        self,
        reader: RequestReader,
        topics: Topics,
        feeds: Mapping[str, Feed],
        engine: AnalyticsEngine,
        past: PastStreams,
    ) -> None:
        self._reader = reader
        self._topics = topics
        self._feeds = feeds
        self._engine = engine
        self._past = past

    def service(self) -> Service:
        """The calls of the service, for any transport."""
        return Service(
            SERVICE,
            {
                "GetBook": Unary(self._get_book, pb.GetBookRequest.FromString),
                "GetSummary": Unary(self._get_summary, pb.GetSummaryRequest.FromString),
                "GetVenueBook": Unary(self._get_venue_book, pb.GetVenueBookRequest.FromString),
                "GetVenueStatus": Unary(self._get_venue_status, pb.GetVenueStatusRequest.FromString),
                "ListMarkets": Unary(self._list_markets, pb.ListMarketsRequest.FromString),
                "ListVenues": Unary(self._list_venues, pb.ListVenuesRequest.FromString),
            },
            {
                "StreamBook": Streaming(self._stream_book, pb.StreamBookRequest.FromString),
                "StreamSummary": Streaming(self._stream_summary, pb.StreamSummaryRequest.FromString),
                "StreamVenueBook": Streaming(self._stream_venue_book, pb.StreamVenueBookRequest.FromString),
                "StreamVenueStatus": Streaming(self._stream_venue_status, pb.StreamVenueStatusRequest.FromString),
                "StreamTrades": Streaming(self._stream_trades, pb.StreamTradesRequest.FromString),
            },
        )

    # -- now -----------------------------------------------------------------------------------------------------

    def _get_book(self, request: pb.GetBookRequest) -> bytes:
        market = self._reader.market(request.market)
        choice = self._reader.choice(
            market, request.levels, request.venues, _dust(request), currencies=request.quote_currencies
        )
        return self._now(BookTopic, market, choice)

    def _get_summary(self, request: pb.GetSummaryRequest) -> bytes:
        market = self._reader.market(request.market)
        choice = self._reader.choice(
            market, 1, request.venues, _dust(request), request.vwap_levels, request.quote_currencies
        )
        return self._topics.once(self._summary(market, choice, 0.0))

    def _get_venue_book(self, request: pb.GetVenueBookRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._now(BookTopic, market, self._reader.venue_choice(market, request.venue, request.levels))

    def _get_venue_status(self, request: pb.GetVenueStatusRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._now(StatusTopic, market, self._status_choice())

    def _now(self, kind: type[_ViewTopic], market: Market, choice: BookChoice) -> bytes:
        return self._topics.once(self._make(kind, market, choice, 0.0))

    # -- streams -------------------------------------------------------------------------------------------------

    def _stream_book(self, request: pb.StreamBookRequest) -> Opened:
        market = self._reader.market(request.market)
        choice = self._reader.choice(
            market, request.levels, request.venues, _dust(request), currencies=request.quote_currencies
        )
        opened = self._topic(BookTopic, market, choice, request.min_interval_ms)
        if request.start_time_nanos and choice.currencies:
            raise invalid("quote_currencies", "books of the past are not converted: leave it out, or start_time_nanos")
        return self._past.books(opened, market, choice.venues, choice.levels, request.start_time_nanos)

    def _stream_summary(self, request: pb.StreamSummaryRequest) -> Opened:
        market = self._reader.market(request.market)
        choice = self._reader.choice(
            market, 1, request.venues, _dust(request), request.vwap_levels, request.quote_currencies
        )
        interval = self._reader.interval(request.min_interval_ms)
        key = (SummaryTopic, market, choice, interval)
        return self._topics.state(key, lambda: self._summary(market, choice, interval))

    def _stream_venue_book(self, request: pb.StreamVenueBookRequest) -> Opened:
        market = self._reader.market(request.market)
        choice = self._reader.venue_choice(market, request.venue, request.levels)
        opened = self._topic(BookTopic, market, choice, request.min_interval_ms)
        return self._past.books(opened, market, choice.venues, choice.levels, request.start_time_nanos)

    def _stream_venue_status(self, request: pb.StreamVenueStatusRequest) -> Opened:
        return self._topic(StatusTopic, self._reader.market(request.market), self._status_choice(), 0)

    def _topic(self, kind: type[_ViewTopic], market: Market, choice: BookChoice, interval_ms: int) -> Opened:
        interval = self._reader.interval(interval_ms)
        key = topic_key(kind, market, choice, interval)
        return self._topics.state(key, lambda: self._make(kind, market, choice, interval))

    def _make(self, kind: type[_ViewTopic], market: Market, choice: BookChoice, interval: float) -> _ViewTopic:
        return kind(market, self._topics.epoch, interval, choice, self._reader.foreign(market, choice.currencies))

    def _summary(self, market: Market, choice: BookChoice, interval: float) -> SummaryTopic:
        foreign = self._reader.foreign(market, choice.currencies)
        return SummaryTopic(self._engine.of(market), self._topics.epoch, interval, choice, foreign)

    def _stream_trades(self, request: pb.StreamTradesRequest) -> Opened:
        market = self._reader.market(request.market)
        venues = self._reader.venues(market, request.venues)
        opened = self._topics.events(
            (TradeTopic, venues), market, lambda: TradeTopic(market, self._topics.epoch, venues), request.on_overflow
        )
        return self._past.trades(opened, market, venues, request.start_time_nanos, request.start_if_kept)

    # -- lists ---------------------------------------------------------------------------------------------------

    def _status_choice(self) -> BookChoice:
        return BookChoice(1, self._reader.default_choice.dust)

    def _list_markets(self, _request: pb.ListMarketsRequest) -> bytes:
        default = self._reader.default_market
        markets = [market_message(market, self._feeds, market is default) for market in self._reader.markets]
        return pb.ListMarketsResponse(markets=markets).SerializeToString()

    def _list_venues(self, _request: pb.ListVenuesRequest) -> bytes:
        feeds = sorted(self._feeds.items())
        venues = [venue_message(name, feed, self._reader.markets) for name, feed in feeds]
        return pb.ListVenuesResponse(venues=venues).SerializeToString()


_ViewTopic = BookTopic | StatusTopic


def _dust(request: Any) -> str | None:
    return request.dust if request.HasField("dust") else None
