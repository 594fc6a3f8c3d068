"""Answers of a venue's REST service through the guard: a venue file may fail in any way, and it is one error."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import FrameError, ThrottledError, VenueError
from server.model import Instrument, Pair
from server.protocol.answers import LONGEST_REFUSAL, Answers
from server.protocol.rest_request import RestRequest
from server.protocol.terms import Limits

LIMITS = Limits(
    rest_weight=10, rest_seconds=1, streams_per_connection=1, sends_per_second=1, connects_per_minute=1, max_age=1,
    throttled_wait=7.0,
)  # fmt: skip
BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.001"), "on", True)


class Toy(Answers):
    """A venue whose list is rows of BASE/QUOTE; `raises` is what it does with what it cannot read."""

    NAME, TITLE, LIMITS = "toy", "Toy", LIMITS
    THROTTLED = ("E7",)

    def __init__(self, raises: type[Exception] = KeyError) -> None:
        self._raises = raises

    def discovery(self) -> RestRequest:
        return RestRequest("/list")

    def instrument_rows(self, answer: Any) -> Any:
        return answer["rows"]

    def instrument(self, row: Any) -> Instrument | None:
        if row == "other":
            return None
        if not isinstance(row, str) or "/" not in row:
            raise self._raises("no pair")
        return Instrument(Pair(*row.split("/")), row, Decimal("0.01"), Decimal("0.001"), "on", True)

    def next_page(self, answer: Any) -> RestRequest | None:
        return RestRequest(answer["next"]) if "next" in answer else None

    def read_address(self, answer: Any) -> str:
        return answer["address"]  # type: ignore[no-any-return]

    def refusal(self, answer: Any) -> str:
        return answer.get("error", "")  # type: ignore[no-any-return]


def body(answer: object) -> bytes:
    return json.dumps(answer).encode()


FAILURES = [KeyError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError, RecursionError, VenueError]


@pytest.mark.parametrize("raises", FAILURES)
def test_a_row_that_cannot_be_read_takes_no_other_along(raises: type[Exception]) -> None:
    found = Toy(raises).instruments(body({"rows": ["BTC/USDT", 7, "other", "ETH/USDT", None]}))
    assert [str(each.pair) for each in found] == ["BTC/USDT", "ETH/USDT"]
    assert [row.row for row in found.unread] == ["7", "None"]


@pytest.mark.parametrize("raises", FAILURES)
def test_a_list_of_which_nothing_can_be_read_is_an_error(raises: type[Exception]) -> None:
    with pytest.raises(FrameError, match="no row could be read"):
        Toy(raises).instruments(body({"rows": [1, 2]}))


@pytest.mark.parametrize("answer", [{}, [], 3, None, "text", {"rows": 3}, {"rows": {}}, {"rows": None}])
def test_another_shape_is_one_documented_error(answer: object) -> None:
    with pytest.raises(FrameError, match="toy: ") as caught:
        Toy().instruments(body(answer))
    assert len(str(caught.value)) < 500


def test_an_empty_list_is_no_error() -> None:
    assert Toy().instruments(body({"rows": []})) == []
    assert Toy().instruments(body({"rows": ["other"]})) == []


@pytest.mark.parametrize(
    ("words", "throttled"),
    [
        ("Too many requests", True),
        ("RATE LIMIT exceeded", True),
        ("request throttled", True),
        ("E7 wait", True),
        ("not E7", False),
        ("no such symbol", False),
    ],
)
def test_errors_of_status_200(words: str, throttled: bool) -> None:
    with pytest.raises(VenueError, match="toy: ") as caught:
        Toy().instruments(body({"rows": ["BTC/USDT"], "error": words}))
    assert isinstance(caught.value, ThrottledError) is throttled
    if isinstance(caught.value, ThrottledError):
        assert caught.value.retry_after == 7.0


def test_only_short_answers_are_looked_at_for_errors() -> None:
    error = body({"error": "no such symbol"})
    with pytest.raises(VenueError):
        Toy().check_answer(error)
    Toy().check_answer(error + b" " * LONGEST_REFUSAL)


def test_pages_and_addresses() -> None:
    toy = Toy()
    assert toy.more_instruments(body({"rows": []})) is None
    assert toy.more_instruments(body({"next": "/2"})) == RestRequest("/2")
    assert toy.given_address(body({"address": "wss://a/b?token=1"})) == "wss://a/b?token=1"
    for address in ("https://a", "", 7, None):
        with pytest.raises(FrameError):
            toy.given_address(body({"address": address}))


def test_what_a_venue_does_not_have_is_said() -> None:
    with pytest.raises(FrameError, match="Toy has no candles"):
        Toy().read_candles(BTC, b"[]")
    assert (Toy().address(), Toy().past_trades(BTC, None), Toy().open_interest(BTC)) == (None, None, None)


@given(st.one_of(st.binary(max_size=200), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(body)))
def test_any_bytes_are_an_answer_or_one_error(data: bytes) -> None:
    for read in (Toy().instruments, Toy().more_instruments, Toy().given_address, Toy().check_answer):
        with contextlib.suppress(FrameError):
            read(data)
