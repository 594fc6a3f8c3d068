"""Streams over a websocket by both kinds of paths: the same streams, in the canonical JSON or readable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from client.json_lines import to_json
from onebook.v1 import market_data_pb2 as pb
from tests.readable.contract import converted

from .http_rig import SECONDS, HttpRig

READABLE, BOOK = "/v1/stream/book", "onebook.v1.MarketDataService/StreamBook"


@pytest.fixture
def socket(web: HttpRig) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{web.server.port}/websocket", compression=None, max_size=None) as made:
        yield made


def first(socket: ClientConnection, call: str, request: dict[str, Any] | str, stream: str = "a") -> Any:
    """What the stream is told first; `request` may be text of JSON."""
    text = request if isinstance(request, str) else json.dumps(request)
    socket.send(f'{{"op": "subscribe", "id": "{stream}", "call": "{call}", "request": {text}}}')
    told = json.loads(socket.recv(SECONDS))
    assert told.pop("id") == stream
    return told


def test_a_readable_stream_has_the_messages_of_the_client(web: HttpRig, socket: ClientConnection) -> None:
    found = first(socket, READABLE, {"market": "BTC/USDT", "without": "header"})["message"]
    body = pb.GetBookRequest(market="BTC/USDT").SerializeToString()
    same = web.ask("POST", "/onebook.v1.MarketDataService/GetBook", body, content_type="application/proto").body
    (book,) = converted(pb.GetBookResponse.FromString(same))
    expected = json.loads(to_json(book))
    del expected["header"]
    assert list(found) == list(expected)
    assert [found[name] for name in ("market", "bids", "asks")] == [
        expected[name] for name in ("market", "bids", "asks")
    ]
    assert "bids" in first(socket, BOOK, {"market": "BTC/USDT"}, "b")["message"]["book"]


def test_fields_lists_and_numbers_of_a_request(socket: ClientConnection) -> None:
    request = {"levels": 1, "venues": ["alpha"], "fields": ["market", "bids.price"], "min_interval": "10ms"}
    made = {"type": "book", "market": "BTC/USDT", "bids": [{"price": "100.00"}]}
    assert first(socket, READABLE.strip("/"), request) == {"message": made}
    names = '{"market": "BTC/USDT", "levels": "1", "venues": "beta", "dust": 0.50, "fields": "bids"}'
    assert first(socket, READABLE, names, "b") == {
        "message": {"type": "book", "bids": [{"price": "100.50", "size": "2.500", "venue": "beta"}]}
    }


@pytest.mark.parametrize(
    ("call", "request_", "code", "words"),
    [
        (READABLE, {"lvels": 1}, "invalid_argument", "did you mean levels?"),
        (READABLE, {"levels": "x"}, "invalid_argument", "levels"),
        (READABLE, {"fields": "nothing"}, "invalid_argument", "fields"),
        (READABLE, {"market": {"a": 1}}, "invalid_argument", "market: must be text"),
        (READABLE, {"market": "\ud800"}, "invalid_argument", "not Unicode"),
        (READABLE, {"\ud800": 1}, "invalid_argument", "not Unicode"),
        (READABLE, {"market": "DOGE/USD"}, "not_found", "DOGE/USD"),
        ("/v1/stream/bok", {}, "not_found", "did you mean /v1/stream/book?"),
        ("/v1/book", {}, "not_found", "there is no stream"),
        (BOOK, {"fields": "market"}, "invalid_argument", "no JSON of this call"),
        (BOOK, {"market": "\ud800"}, "invalid_argument", "request"),
    ],
)
def test_what_is_no_stream(socket: ClientConnection, call: str, request_: Any, code: str, words: str) -> None:
    end = first(socket, call, request_)["end"]
    assert end["code"] == code
    assert words in end["message"]
