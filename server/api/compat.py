"""orderbook.OrderbookAggregator: the default book on the wire of the public aggregators."""

from __future__ import annotations

import grpc

from ..publish.topics import CompatTopic
from ..transport.grpc.handlers import service
from .compat_request import asked_for
from .guard import Parse
from .requests import RequestReader
from .streams import Opener, Streams
from .topics import Opened, Topics

SERVICE = "orderbook.OrderbookAggregator"


class Compat:
    """The calls of the service. Its requests stay bytes: programs of several contracts send them."""

    def __init__(self, reader: RequestReader, topics: Topics) -> None:
        self._reader = reader
        self._topics = topics

    def handler(self, streams: Streams) -> grpc.GenericRpcHandler[bytes, bytes]:
        """What a gRPC server registers."""
        summary: tuple[Opener, Parse] = (self._book_summary, bytes)
        calls = {"BookSummary": summary, "BookSummaryForSymbol": summary}
        return service(SERVICE, streams, {}, calls)

    def _book_summary(self, request: bytes) -> Opened:
        market, choice = asked_for(request, self._reader.markets), self._reader.default_choice
        return self._topics.state((CompatTopic, market), lambda: CompatTopic(market, self._topics.epoch, 0.0, choice))
