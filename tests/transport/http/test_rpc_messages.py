"""JSON of requests and responses by the contract's names."""

from __future__ import annotations

import json

import pytest

from onebook.v1 import market_data_pb2 as pb
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


def test_a_call_that_is_in_no_contract() -> None:
    with pytest.raises(KeyError):
        RpcMessages(SERVICE, "GetNothing")
    with pytest.raises(KeyError):
        RpcMessages("no.Service", "GetBook")
