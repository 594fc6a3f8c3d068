"""Requests for quotes: every field is checked, and errors name it."""

from __future__ import annotations

from onebook.v1 import analytics_pb2 as pb

from ...request_errors import invalid
from ...request_fields import decimal_of
from .compute import Order


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
