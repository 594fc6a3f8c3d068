"""A message is the same line of JSON at the server as at the client, whatever it holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from client.json_lines import to_json
from onebook.v1 import types_pb2 as pb
from server.readable.answers import AnswerShape
from server.readable.objects import decimal
from server.readable.shapes import shape_of
from tests.client.fake_server import make_book

from .contract import converted, messages, responses, text_of, texts_of


@pytest.mark.parametrize(("call", "response"), list(responses()))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=some.data())
def test_every_response_is_what_the_client_prints(call: str, response: type[Message], data: some.DataObject) -> None:
    made = data.draw(messages(response.DESCRIPTOR), label=call)
    assert texts_of(AnswerShape(response).shapes, made) == [to_json(each) for each in converted(made)]


def test_a_book() -> None:
    made: dict[str, Any] = json.loads(text_of(shape_of(pb.Book.DESCRIPTOR), make_book(7)))
    assert (made["type"], made["header"]["sequence"], made["spread"], made["mid"]) == ("book", 7, "0.03", "61837.645")
    assert (made["venues"][0]["state"], made["venues"][0]["highest_complete_ask"]) == ("live", None)


@pytest.mark.parametrize(
    ("mantissa", "exponent", "text"),
    [
        (6400902, -2, "64009.02"),
        (-5, -3, "-0.005"),
        (0, -2, "0.00"),
        (7, 2, "700"),
        (0, 3, "0"),
        (-(2**63), -8, "-92233720368.54775808"),
    ],
)
def test_numbers_are_exact(mantissa: int, exponent: int, text: str) -> None:
    assert decimal(mantissa, exponent) == text


def test_a_message_that_contradicts_itself_is_an_error() -> None:
    book = pb.Book(bids=[pb.Level(price=1, venue=3)])
    with pytest.raises(ValueError, match="a venue beyond its 0"):
        text_of(shape_of(pb.Book.DESCRIPTOR), book)
    with pytest.raises(ValueError, match="exponent 401"):
        text_of(shape_of(pb.Book.DESCRIPTOR), pb.Book(price_exponent=401, spread=1))
