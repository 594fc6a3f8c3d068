"""What the document says of posts: true of a real server, and no body is taken that the document does not allow."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from schemathesis.specs.openapi.definitions import OPENAPI_31

from server.app import App
from server.push import push_schemas
from server.push.push_request import MOST_LEVELS, book_post, duration_post
from server.request_errors import RequestError
from tests.transport.http.document_checks import CHECKS, as_drawn, operations

from .test_push_posts import ask, only_pushed

BOOK = jsonschema_rs.validator_for(push_schemas.BOOK)
DURATION = jsonschema_rs.validator_for(push_schemas.duration([30, 60]))
POSTS = ["POST /api/average_price_set/", "POST /api/order_book/"]
NUMBERS = some.one_of(
    some.text(alphabet="0123456789.eE+-_ ", max_size=42),
    some.integers(-1, 10**42),
    some.floats(),
    some.decimals(0, 10**6, places=8).map(str),
    some.booleans(),
    some.none(),
)
SIDES = some.lists(some.lists(NUMBERS, min_size=1, max_size=3), max_size=2) | some.none() | some.text(max_size=2)
TIMES = some.none() | some.integers(-1) | some.floats() | some.text(max_size=3) | some.datetimes().map(str)
BOOKS = some.fixed_dictionaries(
    {"ticker": some.text(max_size=66) | some.integers(), "bids": SIDES, "asks": SIDES},
    optional={"timestamp": TIMES, "other": some.none()},
)


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    app = only_pushed(push_rate=1000)
    app.start(threading.Event())
    yield app
    app.stop()


@pytest.fixture(scope="module")
def document(app: App) -> dict[str, Any]:
    status, found = ask(app, "GET", "/openapi.json")
    assert status == 200
    return dict(found)


def test_the_document_has_the_posts(document: dict[str, Any]) -> None:
    jsonschema_rs.validator_for(OPENAPI_31).validate(document)
    assert sorted(name for name in operations(document) if "/api/" in name) == POSTS
    asked = document["paths"]["/api/average_price_set/"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asked["properties"]["duration"]["enum"] == [30, 60]


@pytest.mark.slow
@pytest.mark.parametrize("name", POSTS)
@as_drawn(60)
@given(data=some.data())
def test_the_server_does_as_the_document_says(
    app: App, document: dict[str, Any], name: str, data: some.DataObject
) -> None:
    assert app.http is not None
    case = data.draw(operations(document)[name].as_strategy())
    case.call_and_validate(base_url=f"http://127.0.0.1:{app.http.port}", checks=CHECKS, timeout=60)


@pytest.mark.parametrize("path", ["/api/order_book/", "/api/average_price_set/"])
def test_the_examples_are_taken_and_answered_as_described(app: App, document: dict[str, Any], path: str) -> None:
    described = document["paths"][path]["post"]
    (body,) = described["requestBody"]["content"]["application/json"]["schema"]["examples"]
    status, answer = ask(app, "POST", path, body)
    assert status == 201
    jsonschema_rs.validator_for(described["responses"]["201"]["content"]["application/json"]["schema"]).validate(answer)


@settings(max_examples=300, deadline=None)
@given(BOOKS)
@example({"ticker": "x", "bids": [["1", "1"]] * (MOST_LEVELS + 1), "asks": []})
@example({"ticker": "x", "bids": [["1_0", "1"]], "asks": []})
@example({"ticker": "x", "bids": [[1, 0]], "asks": [["+.5e-1", "2."]], "timestamp": 5})
def test_what_is_taken_is_what_the_document_allows(body: dict[str, Any]) -> None:
    try:
        book_post(json.dumps(body).encode())
    except RequestError:
        return
    assert BOOK.is_valid(body)


@settings(max_examples=50, deadline=None)
@given(some.fixed_dictionaries({"duration": some.sampled_from([30, 60, 45, 0, -1, "30", 30.5, None, True])}))
def test_what_durations_are_taken(body: dict[str, Any]) -> None:
    try:
        taken = duration_post(json.dumps(body).encode()) in (30, 60)
    except RequestError:
        taken = False
    assert DURATION.is_valid(body) == taken
