"""The calls of open interest."""

from __future__ import annotations

from onebook.v1 import analytics_pb2 as pb

from ...market.market import Market
from ...readable.rule import DECIMAL, HEADER
from ..calls import Calls, Opened, Streaming, Unary
from .topic import OpenInterestTopic


class OpenInterestCalls(Calls):
    """GetOpenInterest and StreamOpenInterest."""

    RULES = {
        "OpenInterest": HEADER,
        "VenueInterest": {"value": DECIMAL},
    }

    def unary(self) -> Unary:
        return {"GetOpenInterest": (self._get, pb.GetOpenInterestRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamOpenInterest": (self._stream, pb.StreamOpenInterestRequest.FromString)}

    def _get(self, request: pb.GetOpenInterestRequest) -> bytes:
        return self._topics.once(self._topic(self._reader.market(request.market)))

    def _stream(self, request: pb.StreamOpenInterestRequest) -> Opened:
        market = self._reader.market(request.market)
        return self._topics.state((OpenInterestTopic, market), lambda: self._topic(market))

    def _topic(self, market: Market) -> OpenInterestTopic:
        return OpenInterestTopic(self._of(market), self._topics.epoch, 0.0)
