"""The calls of quotes: every field of a request is checked, and errors name it."""

from __future__ import annotations

from decimal import Decimal

from onebook.v1 import analytics_pb2 as pb

from ...market.market import Market
from ...publish.topics import BookChoice
from ...request_errors import invalid
from ...request_fields import decimal_of
from ..calls import CallContext, Calls, Opened, Streaming, Unary
from .compute import Order
from .topic import QuoteTopic

INTERVAL = 100
"""Milliseconds between messages where a request does not say."""


class QuoteCalls(Calls):
    """GetQuote and StreamQuote."""

    def __init__(self, context: CallContext) -> None:
        super().__init__(context)
        self._terms = context.terms

    def unary(self) -> Unary:
        return {"GetQuote": (self._get, pb.GetQuoteRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamQuote": (self._stream, pb.StreamQuoteRequest.FromString)}

    def _get(self, request: pb.GetQuoteRequest) -> bytes:
        return self._topics.once(self._topic(self._reader.market(request.market), request, 0.0))

    def _stream(self, request: pb.StreamQuoteRequest) -> Opened:
        market = self._reader.market(request.order.market)
        interval = self._reader.interval(request.min_interval_ms or INTERVAL)
        key = (QuoteTopic, market, request.order.SerializeToString(deterministic=True), interval)
        return self._topics.state(key, lambda: self._topic(market, request.order, interval))

    def _topic(self, market: Market, request: pb.GetQuoteRequest, interval: float) -> QuoteTopic:
        order = order_of(request)
        foreign = self._reader.foreign(market, request.quote_currencies)
        choice = BookChoice(1, Decimal(0), self._reader.venues(market, request.venues))
        return QuoteTopic(market, self._topics.epoch, interval, choice, foreign, order, self._terms)


def order_of(request: pb.GetQuoteRequest) -> Order:
    """The order of a quote request. Raises RequestError."""
    if request.side not in (pb.QUOTE_SIDE_BUY, pb.QUOTE_SIDE_SELL):
        raise invalid("side", "must be QUOTE_SIDE_BUY or QUOTE_SIDE_SELL")
    kind = request.WhichOneof("amount")
    if kind is None:
        raise invalid("size", "either size or notional must be set")
    amount = decimal_of(kind, getattr(request, kind))
    if not amount:
        raise invalid(kind, "must be greater than 0")
    return Order(
        buy=request.side == pb.QUOTE_SIDE_BUY,
        size=amount if kind == "size" else None,
        notional=amount if kind == "notional" else None,
        venues=tuple(request.venues),
        beyond_proved=request.beyond_proved,
    )
