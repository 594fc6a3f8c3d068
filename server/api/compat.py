"""orderbook.OrderbookAggregator/BookSummary: the default book on the wire of the public aggregators."""

from __future__ import annotations

from typing import Any

import grpc

from onebook.compat import orderbook_pb2

from ..publish.publisher import Publisher
from ..publish.source import Overflow, Source
from ..publish.topics import CompatTopic
from .market_data import MarketData
from .requests import RequestReader
from .streams import Streams

SERVICE = "orderbook.OrderbookAggregator"


class Compat:
    """The one call of the service."""

    def __init__(self, reader: RequestReader, publisher: Publisher, market_data: MarketData) -> None:
        self._reader = reader
        self._publisher = publisher
        self._market_data = market_data

    def handler(self, streams: Streams) -> grpc.GenericRpcHandler[Any, Any]:
        """What a gRPC server registers."""
        summary = streams.handler(self._book_summary, orderbook_pb2.Empty.FromString)
        return grpc.method_handlers_generic_handler(SERVICE, {"BookSummary": summary})

    def _book_summary(self, _request: Any) -> tuple[Source, Overflow]:
        market, choice = self._reader.default_market, self._reader.default_choice
        return self._market_data.open_topic(
            (CompatTopic, market), market, lambda: CompatTopic(market, self._publisher.epoch, 0.0, choice)
        )
