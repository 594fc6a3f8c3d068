"""One call: parameters of an address or of a body in, JSON, CSV and the link to the next page out."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from onebook.v1 import history_pb2, market_data_pb2
from onebook.v1 import types_pb2 as pb
from server.request_errors import RequestError
from server.transport.http.http_message import HttpRequest
from server.transport.http.readable_answers import CSV_TYPE, ReadableAnswers, SimpleBook, parameters_of
from server.transport.http.rpc_messages import RpcMessages

PAGE = history_pb2.ListTradesResponse(trades=[pb.Trade(trade_id="7")], next_page_token="v1.a/b&c").SerializeToString()


def trades() -> ReadableAnswers:
    return ReadableAnswers("/v1/history/trades", RpcMessages("onebook.v1.HistoryService", "ListTrades"))


def books() -> ReadableAnswers:
    return ReadableAnswers("/v1/book", RpcMessages("onebook.v1.MarketDataService", "GetBook"))


def post(body: bytes, query: bytes = b"") -> HttpRequest:
    return HttpRequest("POST", "/v1/book", query, [], body, "unix:")


def test_the_next_page_is_a_link_with_the_same_parameters() -> None:
    given = {"market": "BTC/USDT", "venues": "a,b", "page_token": "old", "fields": "trade_id"}
    made = json.loads(trades().json(given, PAGE).body)
    assert made["trades"] == [{"type": "trade", "trade_id": "7"}]
    link = urlsplit(made["next"])
    assert link.path == "/v1/history/trades"
    assert dict(parse_qsl(link.query)) == {**given, "page_token": "v1.a/b&c"}


def test_csv_has_the_link_as_a_header() -> None:
    answer = trades().csv("/v1/history/trades.csv", {"market": "BTC/USDT"}, PAGE)
    assert answer.content_type == CSV_TYPE
    assert answer.body.startswith(b"time,market,venue,trade_id,")
    assert answer.headers["link"] == ('</v1/history/trades.csv?market=BTC/USDT&page_token=v1.a/b%26c>; rel="next"')
    assert answer.headers["content-disposition"] == 'inline; filename="trades.csv"'
    assert "link" not in trades().csv("/v1/history/trades.csv", {}, b"").headers


def test_a_choice_of_fields_is_no_part_of_the_request() -> None:
    request = books().request_bytes({"levels": "1", "fields": "market"})
    assert request == market_data_pb2.GetBookRequest(levels=1).SerializeToString()
    answers = books()
    assert answers.texts({"fields": "market"}) is answers.texts({"fields": "market", "levels": "7"})
    with pytest.raises(RequestError, match="did you mean bids"):
        answers.texts({"fields": "bid"})


def test_switches_of_the_simple_book() -> None:
    simple = SimpleBook(books())
    payload = market_data_pb2.GetBookResponse(book=pb.Book(asks=[pb.Level(price=1, size=2)])).SerializeToString()
    assert simple.request_bytes({"signed": "1", "levels": "2"}) == b"\x10\x02"
    assert simple.json({"signed": "1", "numbers": "1"}, payload).body == b'{"bids": [], "asks": [[1, -2]]}\n'
    with pytest.raises(RequestError, match="signed: must be 0 or 1, was 'yes'"):
        simple.request_bytes({"signed": "yes"})


def test_parameters_of_a_body() -> None:
    body = b'{"levels": 3, "dust": 0.10, "venues": ["a", "b"], "numbers": true, "market": null}'
    assert parameters_of(post(body)) == {"levels": "3", "dust": "0.10", "venues": "a,b", "numbers": "true"}
    assert parameters_of(post(b"")) == {}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "is no JSON object"),
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b'{"a": 1, "a": 2}', "a name stands there twice"),
        (b'{"a": {}}', "a: must be text"),
        (b'{"a": ["x,y"]}', "a: must be text"),
        (b'{"a": NaN}', "a: must be text"),
        (b"[" * 60_000, "is nested too deeply|is no JSON"),
    ],
)
def test_bodies_that_are_no_parameters(body: bytes, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        parameters_of(post(body))


def test_a_post_has_no_query() -> None:
    with pytest.raises(RequestError, match="has its parameters in the body"):
        parameters_of(post(b"{}", b"levels=1"))
