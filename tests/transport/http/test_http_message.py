"""Headers, metadata and parameters of a request."""

from __future__ import annotations

import json

import pytest

from server.transport.http.http_message import MOST_PARAMETERS, HttpRequest, json_answer


def request(query: str = "", *headers: tuple[bytes, bytes]) -> HttpRequest:
    return HttpRequest("GET", "/", query.encode(), headers, b"", "ipv4:127.0.0.1:1")


def test_a_header_is_its_first_value_without_spaces() -> None:
    made = request("", (b"a", b" one "), (b"a", b"two"), (b"b", b"\xe9"))
    assert (made.header("a"), made.header("b"), made.header("c")) == ("one", "\u00e9", "")
    assert made.metadata() == [("a", " one "), ("a", "two"), ("b", "\u00e9")]


def test_parameters() -> None:
    assert request("market=BTC%2FUSDT&empty=").parameters() == {"market": "BTC/USDT", "empty": ""}
    assert request().parameters() == {}


@pytest.mark.parametrize("query", ["a=1&a=2", "a=%ff", "&".join(f"a{n}=1" for n in range(MOST_PARAMETERS + 1))])
def test_parameters_that_are_none(query: str) -> None:
    with pytest.raises(ValueError):
        request(query).parameters()


def test_an_answer_of_json_is_one_line() -> None:
    answer = json_answer(200, {"name": "\u00e9"}, {"allow": "GET"})
    assert json.loads(answer.body) == {"name": "\u00e9"}
    assert answer.body.endswith(b"}\n")
    assert (answer.content_type, dict(answer.headers)) == ("application/json", {"allow": "GET"})
