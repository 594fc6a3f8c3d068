"""The writer of JSON, in C and in Python, writes what the client prints, and takes no other bytes for a message."""

from __future__ import annotations

from types import ModuleType

import pytest
from google.protobuf.message import DecodeError, Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from client.json_lines import to_json
from onebook.v1 import analytics_pb2, market_data_pb2
from onebook.v1 import types_pb2 as pb
from orderbook_ext import reference
from server.readable.answers import AnswerShape
from server.readable.selection import select
from server.readable.shapes import shape_of
from server.readable.writer_plan import planned
from tests.ext.conftest import core, impl, load_core
from tests.volume import examples

from .contract import converted, messages, responses, texts_of

__all__ = ["core", "impl"]
CORE = load_core()
CALLS = list(responses())
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def writer(module: ModuleType, response: type[Message], paths: tuple[str, ...] = ()) -> object:
    answer = AnswerShape(response)
    plans, places = planned(select(answer.shapes, paths, []))
    numbers = [response.DESCRIPTOR.fields_by_name[name].number for name in answer.names]
    return module.JsonWriter(plans, tuple(zip(numbers, places, strict=True)))


def written(module: ModuleType, response: type[Message], payload: bytes) -> list[str]:
    made = writer(module, response)
    lines = made.lines(payload) if AnswerShape(response).is_list else [made.line(payload)]  # type: ignore[attr-defined]
    return [line.decode() for line in lines]


@pytest.mark.parametrize(("call", "response"), CALLS)
@settings(max_examples=examples(8), deadline=None, suppress_health_check=CHECKS)
@given(data=some.data())
def test_every_response_is_what_the_client_prints(
    impl: ModuleType, call: str, response: type[Message], data: some.DataObject
) -> None:
    made = data.draw(messages(response.DESCRIPTOR), label=call)
    assert written(impl, response, made.SerializeToString()) == [to_json(each) for each in converted(made)]


def outcome(module: ModuleType, response: type[Message], payload: bytes) -> list[str] | None:
    try:
        return written(module, response, payload)
    except ValueError:
        return None


@pytest.mark.parametrize(("call", "response"), CALLS)
@settings(max_examples=examples(15), deadline=None, suppress_health_check=CHECKS)
@given(data=some.data())
def test_damaged_bytes(call: str, response: type[Message], data: some.DataObject) -> None:
    """C and Python say the same of them, and nothing that protobuf does not say."""
    assert CORE is not None
    payload = bytearray(data.draw(messages(response.DESCRIPTOR), label=call).SerializeToString())
    for _ in range(data.draw(some.integers(1, 4))):
        place = data.draw(some.integers(0, len(payload)))
        damage = data.draw(some.binary(max_size=3))
        payload[place : place + data.draw(some.integers(0, 3))] = damage
    found = outcome(CORE, response, bytes(payload))
    assert found == outcome(reference, response, bytes(payload))
    if found is not None:
        try:
            message = response.FromString(bytes(payload))
        except DecodeError:
            return  # Something that is not part of the line, such as a token of the next page.
        assert found == texts_of(AnswerShape(response).shapes, message)


@settings(max_examples=examples(300), deadline=None)
@given(payload=some.binary(max_size=60))
def test_any_bytes(payload: bytes) -> None:
    assert CORE is not None
    for response in (market_data_pb2.GetBookResponse, market_data_pb2.ListMarketsResponse):
        assert outcome(CORE, response, payload) == outcome(reference, response, payload)
    book = market_data_pb2.GetBookResponse().SerializeToString() + b"\x0a" + bytes([len(payload)]) + payload
    assert outcome(CORE, market_data_pb2.GetBookResponse, book) == outcome(
        reference, market_data_pb2.GetBookResponse, book
    )


@pytest.mark.parametrize(
    "book",
    [
        pb.Book(bids=[pb.Level(venue=1)]),
        pb.Book(price_exponent=401, spread=1),
        pb.Book(price_exponent=-(2**31), mid=1),
    ],
)
def test_a_message_that_contradicts_itself_is_an_error(impl: ModuleType, book: pb.Book) -> None:
    response = market_data_pb2.GetBookResponse
    assert outcome(impl, response, response(book=book).SerializeToString()) is None


def test_an_object_that_stands_there_twice_is_an_error(impl: ModuleType) -> None:
    response = market_data_pb2.GetBookResponse
    payload = response(book=pb.Book(market="A/B")).SerializeToString()
    assert outcome(impl, response, payload * 2) is None


@pytest.mark.parametrize("text", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe0\x80\x80"])
def test_texts_are_utf8(impl: ModuleType, text: bytes) -> None:
    book = b"\x12" + bytes([len(text)]) + text
    assert outcome(impl, market_data_pb2.GetBookResponse, b"\x0a" + bytes([len(book)]) + book) is None


def test_fields_that_a_newer_contract_has_are_skipped(impl: ModuleType) -> None:
    response = market_data_pb2.GetBookResponse
    book = pb.Book(market="A/B").SerializeToString() + b"\xf8\x01\x05" + b"\xfa\xff\x07\x01x"
    payload = b"\x0a" + bytes([len(book)]) + book
    known = response(book=pb.Book(market="A/B")).SerializeToString()
    assert outcome(impl, response, payload) == outcome(impl, response, known)


def test_a_selection_is_encoded_alone(impl: ModuleType) -> None:
    response = market_data_pb2.GetBookResponse
    made = writer(impl, response, ("bids.venue", "market"))
    book = pb.Book(
        market="A/B",
        bids=[pb.Level(venue=1)],
        venues=[pb.VenueQuality(venue="a"), pb.VenueQuality(venue="b", quote_currency="X")],
    )
    line = made.line(response(book=book).SerializeToString())  # type: ignore[attr-defined]
    assert line == b'{"type": "book", "bids": [{"venue": "b:X"}], "market": "A/B"}'


def test_nobody_asks_for_names_that_no_field_needs() -> None:
    status = shape_of(pb.VenueStatus.DESCRIPTOR)
    plans, (place,) = planned([status])
    assert plans[place].venues == (0, 0, 0)
    plans, (place,) = planned([shape_of(analytics_pb2.Quote.DESCRIPTOR)])
    assert plans[place].venues == (18, 1, 23)


def test_a_plan_that_contradicts_itself_is_an_error(impl: ModuleType) -> None:
    plans, _ = planned([shape_of(pb.Trade.DESCRIPTOR)])
    with pytest.raises(ValueError, match="."):
        impl.JsonWriter(plans, ((1, len(plans)),))
    with pytest.raises(ValueError, match="64 fields"):
        impl.JsonWriter((plans[0]._replace(wires=b""),), ((1, 0),))
