"""The calls of order flow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from onebook.v1 import analytics_pb2 as pb

from ...market.market import Market
from ...publish.topics import BookChoice
from ...readable.rule import DECIMAL, FIXED, HEADER, Rule, known
from ...request_errors import exhausted, invalid
from ..calls import Calls, Opened, Streaming, Unary
from .runtime import LEVELS, OrderFlowRuntime
from .topic import OrderFlowTopic

DEFAULT_LEVELS = 5
MOST_MARKETS = 100
"""The markets whose order flow one process follows at a time."""
RETRY_AFTER = 60.0
INTERVAL = 1000
"""Milliseconds between messages, if a request does not set them."""


class OrderFlowCalls(Calls):
    """GetOrderFlow and StreamOrderFlow."""

    RULES = {
        "OrderFlow": {**HEADER, "consolidated": Rule(always=True)},
        "VenueFlow": {
            **known("bid_size", "ask_size"),
            "imbalance_ppb": Rule(name="imbalance", scale=FIXED, shift=-9),
        },
        "FlowWindow": dict.fromkeys(
            (
                *("best_level", "by_level", "integrated"),
                *("buy_volume", "sell_volume", "unknown_volume", "volume_delta"),
            ),
            DECIMAL,
        ),
    }

    def unary(self) -> Unary:
        return {"GetOrderFlow": (self._get, pb.GetOrderFlowRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamOrderFlow": (self._stream, pb.StreamOrderFlowRequest.FromString)}

    def _get(self, request: pb.GetOrderFlowRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._topics.once(self._topic(market, self._choice(market, request), 0.0))

    def _stream(self, request: pb.StreamOrderFlowRequest) -> Opened:
        market = self._reader.market(request.market)
        choice = self._choice(market, request)
        interval = self._reader.interval(request.min_interval_ms or INTERVAL)
        key = (OrderFlowTopic, market, choice, interval)
        return self._topics.state(key, lambda: self._topic(market, choice, interval))

    def _choice(self, market: Market, request: Any) -> BookChoice:
        if request.levels > LEVELS:
            raise invalid("levels", f"at most {LEVELS} levels are followed, were {request.levels}")
        self._check_room(market)
        return BookChoice(request.levels or DEFAULT_LEVELS, Decimal(0), self._reader.venues(market, request.venues))

    def _check_room(self, market: Market) -> None:
        """Every update of a followed market costs the server time: a stranger must not have all of them followed."""
        followed = [each for each in self._reader.markets if self._of(each).get(OrderFlowRuntime).active]
        if len(followed) >= MOST_MARKETS and market not in followed:
            words = f"the order flow of {MOST_MARKETS} markets is followed already"
            raise exhausted("order flow", words, RETRY_AFTER)

    def _topic(self, market: Market, choice: BookChoice, interval: float) -> OrderFlowTopic:
        return OrderFlowTopic(self._of(market), self._topics.epoch, interval, choice)
