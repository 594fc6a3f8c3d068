"""JSON from a venue: no price passes through a float, and what is no JSON ends in one error."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import CorruptError
from server.protocol.rest_request import NoNumber, decode_json, encode_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def test_fractions_stay_as_they_are_written() -> None:
    assert decode_json(b"[0.10, 1e-7, 123456789.123456789123456789, 7]") == [
        "0.10",
        "1e-7",
        "123456789.123456789123456789",
        7,
    ]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_bare_word_that_is_no_number_spoils_its_own_field_only(word: str) -> None:
    message = decode_json(f'{{"p": {word}, "q": "1"}}'.encode())
    assert isinstance(message["p"], NoNumber)
    assert (repr(message["p"]), message["q"]) == (word, "1")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"<html>", b"[1,]", b"[" * 200_000, b"1" * 10_000])
def test_what_is_no_json_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match="not JSON") as raised:
        decode_json(data)
    assert len(str(raised.value)) < 400


@given(st.binary())
def test_any_bytes_are_read_or_corrupt(data: bytes) -> None:
    with suppress(CorruptError):
        encode_json(decode_json(data))


@given(JSON)
def test_a_part_of_a_message_is_a_message_again(message: object) -> None:
    assert decode_json(encode_json(message)) == message
