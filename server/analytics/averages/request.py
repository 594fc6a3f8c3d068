"""The calls of average prices."""

from __future__ import annotations

from typing import Any

from onebook.v1 import analytics_pb2 as pb

from ...market.market import Market
from ...publish.topics import BookChoice
from ...readable.rule import HEADER
from ..calls import Calls, Opened, Streaming, Unary
from .topic import AveragesTopic

INTERVAL = 1000
"""Milliseconds between messages, if a request does not set them."""


class AveragesCalls(Calls):
    """GetAverages and StreamAverages."""

    RULES = {
        "Averages": HEADER,
    }

    def unary(self) -> Unary:
        return {"GetAverages": (self._get, pb.GetAveragesRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamAverages": (self._stream, pb.StreamAveragesRequest.FromString)}

    def _get(self, request: pb.GetAveragesRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._topics.once(self._topic(market, self._choice(market, request), 0.0))

    def _stream(self, request: pb.StreamAveragesRequest) -> Opened:
        market = self._reader.market(request.market)
        choice = self._choice(market, request)
        interval = self._reader.interval(request.min_interval_ms or INTERVAL)
        key = (AveragesTopic, market, choice, interval)
        return self._topics.state(key, lambda: self._topic(market, choice, interval))

    def _choice(self, market: Market, request: Any) -> BookChoice:
        return self._reader.choice(market, 1, request.venues, "0", request.vwap_levels)

    def _topic(self, market: Market, choice: BookChoice, interval: float) -> AveragesTopic:
        return AveragesTopic(self._of(market), self._topics.epoch, interval, choice)
