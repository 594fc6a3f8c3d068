"""orderbook.OrderbookAggregator: the default book on the wire of the public aggregators."""

from __future__ import annotations

from ..publish.topics import CompatTopic
from .calls import Opened, Service, Streaming
from .compat_request import asked_for
from .requests import RequestReader
from .topics import Topics

SERVICE = "orderbook.OrderbookAggregator"


class Compat:
    """The calls of the service. Its requests stay bytes: programs of several contracts send them."""

    def __init__(self, reader: RequestReader, topics: Topics) -> None:
        self._reader = reader
        self._topics = topics

    def service(self) -> Service:
        """The calls of the service, for any transport."""
        summary = Streaming(self._book_summary, bytes)
        return Service(SERVICE, streaming={"BookSummary": summary, "BookSummaryForSymbol": summary})

    def _book_summary(self, request: bytes) -> Opened:
        market, choice = asked_for(request, self._reader.markets), self._reader.default_choice
        return self._topics.state((CompatTopic, market), lambda: CompatTopic(market, self._topics.epoch, 0.0, choice))
