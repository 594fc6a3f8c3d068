"""onebook.v1.MarketDataService: requests in, topics or one-off encodings out. Responses are bytes already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc

from onebook.v1 import market_data_pb2 as pb
from orderbook_ext import BookError

from ..market.market import Market
from ..publish.publisher import NoTopicError, Publisher
from ..publish.source import Overflow, Source
from ..publish.topics import BookChoice, BookTopic, StateTopic, StatusTopic, SummaryTopic
from ..publish.trade_topic import TradeTopic
from ..roster import Feed
from .errors import RequestError, abort, exhausted, removed, unavailable
from .lists import market_message, venue_message
from .requests import RequestReader
from .streams import Streams

SERVICE = "onebook.v1.MarketDataService"
_OVERFLOW = {pb.OVERFLOW_POLICY_DISCONNECT: Overflow.DISCONNECT}


class MarketData:
    """The calls of the service."""

    def __init__(
        self, reader: RequestReader, publisher: Publisher, feeds: Mapping[str, Feed], topics_limit: int
    ) -> None:
        self._reader = reader
        self._publisher = publisher
        self._feeds = feeds
        self._topics_limit = topics_limit

    def handler(self, streams: Streams) -> grpc.GenericRpcHandler[Any, Any]:
        """What a gRPC server registers."""
        unary: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
            "GetBook": (self._get_book, pb.GetBookRequest.FromString),
            "GetSummary": (self._get_summary, pb.GetSummaryRequest.FromString),
            "GetVenueBook": (self._get_venue_book, pb.GetVenueBookRequest.FromString),
            "GetVenueStatus": (self._get_venue_status, pb.GetVenueStatusRequest.FromString),
            "ListMarkets": (self._list_markets, pb.ListMarketsRequest.FromString),
            "ListVenues": (self._list_venues, pb.ListVenuesRequest.FromString),
        }
        streaming: dict[str, tuple[Callable[[Any], tuple[Source, Overflow]], Callable[[bytes], Any]]] = {
            "StreamBook": (self._stream_book, pb.StreamBookRequest.FromString),
            "StreamSummary": (self._stream_summary, pb.StreamSummaryRequest.FromString),
            "StreamVenueBook": (self._stream_venue_book, pb.StreamVenueBookRequest.FromString),
            "StreamVenueStatus": (self._stream_venue_status, pb.StreamVenueStatusRequest.FromString),
            "StreamTrades": (self._stream_trades, pb.StreamTradesRequest.FromString),
        }
        handlers = {name: _unary(call, parse) for name, (call, parse) in unary.items()}
        handlers.update({name: streams.handler(opener, parse) for name, (opener, parse) in streaming.items()})
        return grpc.method_handlers_generic_handler(SERVICE, handlers)

    # -- now -----------------------------------------------------------------------------------------------------

    def _get_book(self, request: pb.GetBookRequest) -> bytes:
        market = self._reader.market(request.market)
        choice = self._reader.choice(market, request.levels, request.venues, _dust(request))
        return self._now(BookTopic, market, choice)

    def _get_summary(self, request: pb.GetSummaryRequest) -> bytes:
        market = self._reader.market(request.market)
        choice = self._reader.choice(market, 1, request.venues, _dust(request), request.vwap_levels)
        return self._now(SummaryTopic, market, choice)

    def _get_venue_book(self, request: pb.GetVenueBookRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._now(BookTopic, market, self._reader.venue_choice(market, request.venue, request.levels))

    def _get_venue_status(self, request: pb.GetVenueStatusRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._now(StatusTopic, market, self._status_choice())

    def _now(self, kind: type[_ViewTopic], market: Market, choice: BookChoice) -> bytes:
        """The state now. Its sequence is 0: it belongs to no stream."""
        try:
            return kind(market, self._publisher.epoch, 0.0, choice).encode_once()
        except BookError as error:
            raise unavailable(f"{market.name} cannot be merged now: {error}") from error

    # -- streams -------------------------------------------------------------------------------------------------

    def _stream_book(self, request: pb.StreamBookRequest) -> tuple[Source, Overflow]:
        market = self._reader.market(request.market)
        choice = self._reader.choice(market, request.levels, request.venues, _dust(request))
        return self._topic(BookTopic, market, choice, request.min_interval_ms)

    def _stream_summary(self, request: pb.StreamSummaryRequest) -> tuple[Source, Overflow]:
        market = self._reader.market(request.market)
        choice = self._reader.choice(market, 1, request.venues, _dust(request), request.vwap_levels)
        return self._topic(SummaryTopic, market, choice, request.min_interval_ms)

    def _stream_venue_book(self, request: pb.StreamVenueBookRequest) -> tuple[Source, Overflow]:
        market = self._reader.market(request.market)
        choice = self._reader.venue_choice(market, request.venue, request.levels)
        return self._topic(BookTopic, market, choice, request.min_interval_ms)

    def _stream_venue_status(self, request: pb.StreamVenueStatusRequest) -> tuple[Source, Overflow]:
        return self._topic(StatusTopic, self._reader.market(request.market), self._status_choice(), 0)

    def _topic(
        self, kind: type[_ViewTopic], market: Market, choice: BookChoice, interval_ms: int
    ) -> tuple[Source, Overflow]:
        interval = self._reader.interval(interval_ms)
        return self.open_topic(
            (kind, market, choice, interval), market, lambda: self._make(kind, market, choice, interval)
        )

    def _make(self, kind: type[_ViewTopic], market: Market, choice: BookChoice, interval: float) -> StateTopic:
        return kind(market, self._publisher.epoch, interval, choice)

    def open_topic(self, key: Any, market: Market, make: Callable[[], StateTopic]) -> tuple[Source, Overflow]:
        """The slot of a topic, made if need be. Raises RequestError."""
        if self._publisher.topics >= self._topics_limit:
            raise exhausted("topics", f"this server keeps at most {self._topics_limit} different streams", 10.0)
        try:
            return self._publisher.state_topic(market, key, make).slot, Overflow.DROP_OLDEST
        except NoTopicError as error:
            raise removed(str(error)) from error
        except BookError as error:
            raise unavailable(f"{market.name} cannot be merged now: {error}") from error

    def _stream_trades(self, request: pb.StreamTradesRequest) -> tuple[Source, Overflow]:
        market = self._reader.market(request.market)
        venues = self._reader.venues(market, request.venues)
        if self._publisher.topics >= self._topics_limit:
            raise exhausted("topics", f"this server keeps at most {self._topics_limit} different streams", 10.0)
        try:
            topic = self._publisher.event_topic(
                market, venues, lambda: TradeTopic(market, self._publisher.epoch, venues)
            )
        except NoTopicError as error:
            raise removed(str(error)) from error
        return topic.ring, _OVERFLOW.get(request.on_overflow, Overflow.DROP_OLDEST)

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


_ViewTopic = BookTopic | SummaryTopic | StatusTopic


def _dust(request: Any) -> str | None:
    return request.dust if request.HasField("dust") else None


def _unary(call: Callable[[Any], bytes], parse: Callable[[bytes], Any]) -> grpc.RpcMethodHandler[Any, Any]:
    def behaviour(request: Any, context: grpc.ServicerContext) -> bytes:
        try:
            return call(request)
        except RequestError as error:
            abort(context, error)

    return grpc.unary_unary_rpc_method_handler(behaviour, request_deserializer=parse)
