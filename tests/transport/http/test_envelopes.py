"""Messages with flags and a length before them, and bytes that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from server.request_errors import RequestError
from server.transport.http.envelopes import envelope, only_message


@given(some.binary(max_size=300))
def test_a_message_comes_out_as_it_went_in(payload: bytes) -> None:
    assert only_message(envelope(0, payload)) == payload


def test_the_prefix_is_that_of_grpc() -> None:
    assert envelope(2, b"ab") == b"\x02\x00\x00\x00\x02ab"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "has 0 bytes"),
        (b"\x00\x00\x00\x00", "has 4 bytes"),
        (envelope(1, b"x"), "may not be compressed"),
        (envelope(2, b"x"), "flags 0x02"),
        (envelope(0x80, b"x"), "flags 0x80"),
        (envelope(0, b"xy")[:-1], "says 2 bytes, and 1 are"),
        (envelope(0, b"x") + b"y", "says 1 bytes, and 2 are"),
        (envelope(0, b"x") * 2, "must be one message"),
        (b"\x00\xff\xff\xff\xff", "says 4294967295 bytes, and 0 are"),
    ],
)
def test_what_is_no_message(body: bytes, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        only_message(body)
