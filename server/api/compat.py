"""orderbook.OrderbookAggregator/BookSummary: the default book on the wire of the public aggregators."""

from __future__ import annotations

from typing import Any

import grpc

from onebook.compat import orderbook_pb2

from ..publish.topics import CompatTopic
from .requests import RequestReader
from .streams import Streams
from .topics import Opened, Topics

SERVICE = "orderbook.OrderbookAggregator"


class Compat:
    """The one call of the service."""

    def __init__(self, reader: RequestReader, topics: Topics) -> None:
        self._reader = reader
        self._topics = topics

    def handler(self, streams: Streams) -> grpc.GenericRpcHandler[Any, Any]:
        """What a gRPC server registers."""
        summary = streams.handler("BookSummary", self._book_summary, orderbook_pb2.Empty.FromString)
        return grpc.method_handlers_generic_handler(SERVICE, {"BookSummary": summary})

    def _book_summary(self, _request: Any) -> Opened:
        market, choice = self._reader.default_market, self._reader.default_choice
        return self._topics.state((CompatTopic, market), lambda: CompatTopic(market, self._topics.epoch, 0.0, choice))
