"""What a request for a quote may ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.quotes.request import order_of
from server.request_errors import RequestError

from ..call_context import CallRig

BUY = pb.QUOTE_SIDE_BUY


def test_an_order() -> None:
    order = order_of(pb.GetQuoteRequest(side=BUY, size="2.50", beyond_proved=True))
    assert (order.buy, order.size, order.notional, order.beyond_proved) == (True, Decimal("2.5"), None, True)
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


def stream(**fields: Any) -> pb.StreamQuoteRequest:
    fields = {"side": BUY, "size": "2.5", "venues": ["beta", "alpha"], "quote_currencies": ["usdc"], **fields}
    return pb.StreamQuoteRequest(order=pb.GetQuoteRequest(**fields))


def test_streams_of_one_order_are_one_however_it_is_spelled() -> None:
    rig = CallRig("BTC/USDT", "BTC/USDC", "USDC/USDT")
    channel, _ = rig.open("StreamQuote", stream())
    spellings: tuple[dict[str, Any], ...] = (
        {"size": "2.500"},
        {"market": "btc/usdt"},
        {"venues": ["alpha", "beta"]},
        {"quote_currencies": ["USDC", "USDT"]},
    )
    for fields in spellings:
        assert rig.open("StreamQuote", stream(**fields))[0] is channel, fields
    others: tuple[dict[str, Any], ...] = (
        {"size": "2"},
        {"side": pb.QUOTE_SIDE_SELL},
        {"venues": ["alpha"]},
        {"quote_currencies": []},
        {"beyond_proved": True},
    )
    for fields in others:
        assert rig.open("StreamQuote", stream(**fields))[0] is not channel, fields
    assert len(rig.dispatcher.topics) == 1 + len(others)


def test_the_answer_is_of_the_venues_that_were_asked_for() -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101")
    rig.fill("beta", "99", "100")
    request = pb.GetQuoteRequest(side=BUY, size="1", venues=["alpha"])
    made = pb.StreamQuoteResponse.FromString(rig.ask("GetQuote", request)).quote
    assert [each.venue for each in made.venues] == ["alpha"]
    assert made.worst_price * Decimal(10) ** made.price_exponent == 101
