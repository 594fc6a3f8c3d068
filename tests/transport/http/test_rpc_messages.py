"""JSON of requests and responses by the contract's names."""

from __future__ import annotations

import json

import pytest

from onebook.v1 import analytics_pb2 as analytics
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2 as types
from server.request_errors import RequestError
from server.transport.http.rpc_messages import LONGEST, RpcMessages

SERVICE = "onebook.v1.MarketDataService"
BOOK = RpcMessages(SERVICE, "GetBook")


def test_a_request_is_the_bytes_that_grpc_sends() -> None:
    expected = pb.GetBookRequest(market="BTC/USDT", levels=3, venues=["alpha"], dust="0.1")
    for body in (
        b'{"market": "BTC/USDT", "levels": 3, "venues": ["alpha"], "dust": "0.1"}',
        b'{"market": "BTC/USDT", "levels": "3", "venues": ["alpha"], "dust": "0.1"}',
    ):
        assert pb.GetBookRequest.FromString(BOOK.request_bytes(body)) == expected
    assert BOOK.request_bytes(b"") == BOOK.request_bytes(b"{}") == b""


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"1", b"null", b'{"no_such_field": 1}', b'{"levels": -1}', b'{"levels": 1.5}', b'{"market": 1}',
        b"\xff", b'{"market": "a", "market": "b"}', b"[" * 60_000, b'{"market": "\\ud800"}', b'{"levels": NaN}',
        b'{"levels": ' + b"9" * 5000 + b"}", b'{"x' + b"y" * 5000 + b'": 1}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_the_clients_error(body: bytes) -> None:
    with pytest.raises(RequestError, match="^request: ") as caught:
        BOOK.request_bytes(body)
    assert len(caught.value.message) < LONGEST + 100


def test_a_response_is_canonical_json() -> None:
    response = pb.GetBookResponse()
    response.book.price_exponent = -2
    response.book.bids.add(price=2**53 + 1, size=1)
    made = json.loads(BOOK.response_json(response.SerializeToString()))
    assert made == {"book": {"priceExponent": -2, "bids": [{"price": "9007199254740993", "size": "1"}]}}


def test_readers_of_one_stream_share_the_json_of_a_message() -> None:
    messages = RpcMessages(SERVICE, "GetBook")
    first, second = (pb.GetBookResponse(book=types.Book(market=name)).SerializeToString() for name in ("A/B", "C/D"))
    made = messages.response_json(first)
    assert messages.response_json(first) is made
    assert json.loads(messages.response_json(second)) == {"book": {"market": "C/D"}}
    assert messages.response_json(first) == made


def test_a_call_that_is_in_no_contract() -> None:
    with pytest.raises(KeyError):
        RpcMessages(SERVICE, "GetNothing")
    with pytest.raises(KeyError):
        RpcMessages("no.Service", "GetBook")


def test_a_request_of_parameters() -> None:
    stream = RpcMessages(SERVICE, "StreamBook")
    expected = pb.StreamBookRequest(market="BTC/USDT", levels=3, venues=["alpha", "beta"], dust="0.1")
    made = stream.query_bytes({"market": "BTC/USDT", "levels": "3", "venues": "alpha,beta", "dust": "0.1"})
    assert pb.StreamBookRequest.FromString(made) == expected
    assert stream.query_bytes({}) == b""
    trades = RpcMessages(SERVICE, "StreamTrades")
    made = trades.query_bytes({"start_if_kept": "true", "on_overflow": "OVERFLOW_POLICY_DISCONNECT"})
    assert pb.StreamTradesRequest.FromString(made) == pb.StreamTradesRequest(
        start_if_kept=True, on_overflow=pb.OVERFLOW_POLICY_DISCONNECT
    )
    quote = RpcMessages("onebook.v1.AnalyticsService", "StreamQuote")
    made = quote.query_bytes({"order.side": "QUOTE_SIDE_BUY", "order.size": "2", "min_interval_ms": "50"})
    order = analytics.GetQuoteRequest(side=analytics.QUOTE_SIDE_BUY, size="2")
    assert analytics.StreamQuoteRequest.FromString(made) == analytics.StreamQuoteRequest(
        order=order, min_interval_ms=50
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"nothing": "1"}, {"levels": "x"}, {"levels": "-1"}, {"levels": ""}, {"order": "1"}, {"market.x": "1"},
        {"DESCRIPTOR": "1"}, {"": "1"}, {".": "1"}, {"levels.": "1"}, {"x" * 5000: "1"}, {"levels": "9" * 5000},
    ],
)  # fmt: skip
def test_what_is_no_parameter(parameters: dict[str, str]) -> None:
    with pytest.raises(RequestError) as caught:
        RpcMessages(SERVICE, "StreamBook").query_bytes(parameters)
    assert len(caught.value.message) < 400
