"""onebook.v1.AnalyticsService: the calls of all analytics of the registry."""

from __future__ import annotations

from ..analytics.calls import CallContext
from ..analytics.engine import AnalyticsEngine
from ..analytics.quotes.compute import Terms
from ..analytics.registry import ANALYTICS
from .calls import Service, Streaming, Unary
from .past_streams import PastStreams
from .requests import RequestReader
from .topics import Topics

SERVICE = "onebook.v1.AnalyticsService"


class Analytics:
    """The calls of the service."""

    def __init__(
        self, reader: RequestReader, topics: Topics, engine: AnalyticsEngine, terms: Terms, past: PastStreams
    ) -> None:
        context = CallContext(reader, topics, engine.settings, engine.of, terms, past, past.store)
        self._calls = [analytic.calls(context) for analytic in ANALYTICS]

    def service(self) -> Service:
        """The calls of the service, for any transport."""
        return Service(
            SERVICE,
            {name: Unary(*call) for calls in self._calls for name, call in calls.unary().items()},
            {name: Streaming(*call) for calls in self._calls for name, call in calls.streaming().items()},
        )
