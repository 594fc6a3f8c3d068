"""Bodies of posts: exact numbers, and one clear error for what is no book."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.codes import Code
from server.push.push_request import MOST_LEVELS, BookPost, book_post, duration_post, read_error
from server.request_errors import RequestError

GOOD: dict[str, Any] = {"ticker": "BTCUSDT", "bids": [["1.10", "2"]], "asks": [["1.20", "3"]]}


def refused(body: bytes | dict[str, Any]) -> str:
    with pytest.raises(RequestError) as caught:
        book_post(body if isinstance(body, bytes) else json.dumps(body).encode())
    assert caught.value.code is Code.INVALID_ARGUMENT
    return caught.value.message


def test_numbers_keep_their_digits_whether_they_are_text_or_not() -> None:
    body = b'{"ticker": "x", "bids": [["64009.020", 0.10]], "asks": [[64010, 1e-8]], "timestamp": 1796000000000000001}'
    assert book_post(body) == BookPost(
        "x",
        [(Decimal("64009.020"), Decimal("0.10"))],
        [(Decimal(64010), Decimal("1e-8"))],
        1_796_000_000_000_000_001,
    )


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2026-11-29T12:00:00.123456", 1_795_953_600_123_456_000),
        ("2026-11-29T12:00:00Z", 1_795_953_600_000_000_000),
        ("2026-11-29T13:00:00+01:00", 1_795_953_600_000_000_000),
        (None, 0),
    ],
)
def test_timestamps(text: str | None, nanoseconds: int) -> None:
    assert book_post(json.dumps({**GOOD, "timestamp": text}).encode()).time == nanoseconds


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_missing_side_is_an_error_and_an_empty_one_is_none(side: str) -> None:
    assert refused({name: value for name, value in GOOD.items() if name != side}).startswith(f"{side}: is missing")
    assert getattr(book_post(json.dumps({**GOOD, side: []}).encode()), side) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ticker": ""}, "ticker: must be"),
        ({"ticker": 5}, "ticker: must be"),
        ({"bid": []}, "bid: there is no such field; did you mean bids?"),
        ({"bids": {}}, "bids: must be a list"),
        ({"bids": [["1"]]}, "bids[0]: must be"),
        ({"bids": [["1", "2"], "x"]}, "bids[1]: must be"),
        ({"bids": [["0", "2"]]}, "bids[0]: has a price that is not above 0"),
        ({"bids": [["1", "-2"]]}, "bids[0]: '-2' is no number that a book can have"),
        ({"bids": [["1", True]]}, "bids[0]: 'True' is no number"),
        ({"bids": [["1", "NaN"]]}, "is no number that"),
        ({"bids": [["1e999999999", "1"]]}, "is no number that"),
        ({"bids": [["1" * 41, "1"]]}, "is no number of at most 40 characters"),
        ({"bids": [["\u0661", "1"]]}, "is no number that"),
        ({"bids": [["one", "1"]]}, "'one' is no number"),
        ({"bids": [["1_0", "1"]]}, "'1_0' is no number"),
        ({"bids": [[" 1", "1"]]}, "' 1' is no number"),
        ({"bids": [["1e99999999999999999999999", "1"]]}, "is no number that"),
        ({"ticker": "\ud800"}, "body: must be a JSON object whose text is Unicode"),
        ({"\ud800": 1}, "body: must be a JSON object whose text is Unicode"),
        ({"bids": [["1", "1"]] * (MOST_LEVELS + 1)}, "bids: has 1001 levels, and 1000 is the most"),
        ({"timestamp": 1.5}, "timestamp: must be a time"),
        ({"timestamp": "6h"}, "timestamp: was '6h'"),
        ({"timestamp": "now"}, "timestamp: was 'now'"),
    ],
)
def test_what_is_no_book(change: dict[str, Any], said: str) -> None:
    assert said in refused({**GOOD, **change})


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff", b"[" * 100_000, b'{"bids": [], "bids": []}', b'{"ticker": NaN}', b"1" * 5000],
)
def test_what_is_no_json_object(body: bytes) -> None:
    assert refused(body).startswith("body: must be a JSON object")


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(
    lambda value: json.dumps({"ticker": "x", "bids": value, "asks": value, "timestamp": value}).encode()
))  # fmt: skip
def test_any_body_is_a_book_or_an_error(body: bytes) -> None:
    try:
        refusal = None if book_post(body).ticker == "x" else Code.INTERNAL
    except RequestError as error:
        refusal = error.code
    assert refusal in (None, Code.INVALID_ARGUMENT)


def test_durations() -> None:
    assert duration_post(b'{"duration": 30}') == 30
    for body in (b'{"duration": 0}', b'{"duration": "30"}', b"{}", b'{"duration": true}', b'{"duration": 1.5}'):
        with pytest.raises(RequestError, match="duration: must be a whole number of seconds"):
            duration_post(body)


def test_the_error_of_a_book() -> None:
    assert read_error(ValueError("too large")).message == "bids: this book cannot be kept exactly: too large"
