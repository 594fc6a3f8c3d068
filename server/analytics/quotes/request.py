"""The calls of quotes: every field of a request is checked, and errors name it."""

from __future__ import annotations

from decimal import Decimal

from onebook.v1 import analytics_pb2 as pb

from ...market.market import Market
from ...publish.topics import BookChoice
from ...readable.rule import DECIMAL, FIXED, HEADER, VENUE, Rule
from ...request_errors import invalid
from ...request_fields import decimal_of
from ..calls import CallContext, Calls, Opened, Streaming, Unary
from .compute import Order
from .topic import QuoteTopic

INTERVAL = 100
"""Milliseconds between messages, if a request does not set them."""


class QuoteCalls(Calls):
    """GetQuote and StreamQuote."""

    RULES = {
        "Quote": {
            **HEADER,
            "size": DECIMAL,
            "notional": DECIMAL,
            "fees": DECIMAL,
            "slippage": Rule(name="slippage_basis_points", scale=FIXED, shift=-4),
        },
        "QuoteSlice": {
            "venue": VENUE,
            "size": DECIMAL,
            "notional": DECIMAL,
            "fee": DECIMAL,
            "fee_rate": Rule(name="fee_basis_points", scale=FIXED, shift=-4),
        },
    }

    def __init__(self, context: CallContext) -> None:
        super().__init__(context)
        self._terms = context.terms

    def unary(self) -> Unary:
        return {"GetQuote": (self._get, pb.GetQuoteRequest.FromString)}

    def streaming(self) -> Streaming:
        return {"StreamQuote": (self._stream, pb.StreamQuoteRequest.FromString)}

    def _get(self, request: pb.GetQuoteRequest) -> bytes:
        market = self._reader.market(request.market)
        return self._topics.once(self._topic(market, order_of(request), self._choice(market, request), 0.0))

    def _stream(self, request: pb.StreamQuoteRequest) -> Opened:
        market = self._reader.market(request.order.market)
        order, choice = order_of(request.order), self._choice(market, request.order)
        interval = self._reader.interval(request.min_interval_ms or INTERVAL)
        key = (QuoteTopic, market, order, choice, interval)
        return self._topics.state(key, lambda: self._topic(market, order, choice, interval))

    def _choice(self, market: Market, request: pb.GetQuoteRequest) -> BookChoice:
        """Whose books the order is priced in, however the request spells their names."""
        foreign = self._reader.foreign(market, request.quote_currencies)
        venues = self._reader.venues(market, request.venues)
        return BookChoice(1, Decimal(0), venues, currencies=tuple(each.market.pair.quote for each in foreign))

    def _topic(self, market: Market, order: Order, choice: BookChoice, interval: float) -> QuoteTopic:
        foreign = self._reader.foreign(market, choice.currencies)
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
        beyond_proved=request.beyond_proved,
    )
