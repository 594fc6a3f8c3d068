"""What a request for a quote may ask for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.quotes.request import order_of
from server.request_errors import RequestError

BUY = pb.QUOTE_SIDE_BUY


def test_an_order() -> None:
    order = order_of(pb.GetQuoteRequest(side=BUY, size="2.50", venues=["x"], beyond_proved=True))
    assert (order.buy, order.size, order.notional) == (True, Decimal("2.5"), None)
    assert (order.venues, order.beyond_proved) == (("x",), True)
    order = order_of(pb.GetQuoteRequest(side=pb.QUOTE_SIDE_SELL, notional="100"))
    assert (order.buy, order.size, order.notional) == (False, None, Decimal(100))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (pb.GetQuoteRequest(size="1"), "side: must be"),
        (pb.GetQuoteRequest(side=BUY), "size: either size or notional"),
        (pb.GetQuoteRequest(side=BUY, size="0"), "size: must be greater than 0"),
        (pb.GetQuoteRequest(side=BUY, notional="many"), "notional: expected a decimal number"),
        (pb.GetQuoteRequest(side=BUY, size="-1"), "size: expected a decimal from 0"),
    ],
)
def test_what_is_refused(request_: pb.GetQuoteRequest, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        order_of(request_)
