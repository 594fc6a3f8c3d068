"""Numbers in requests: decimals from 0 to 10^18 that the books can hold, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbook_ext.model import parse_number
from server.codes import Code
from server.request_errors import RequestError
from server.request_fields import decimal_of


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", "0"), ("1.50", "1.5"), ("1e3", "1000"), ("0.000000000000000001", "1e-18"), ("1e18", "1e18")],
)
def test_numbers_are_read(text: str, value: str) -> None:
    assert decimal_of("size", text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "nan", "sNaN", "inf", "1e19", "1e-19", "1" * 41, "1e999999999", "12345678901234567890.5"]
)
def test_others_are_refused_and_the_field_is_named(text: str) -> None:
    with pytest.raises(RequestError, match=r"^size: expected") as raised:
        decimal_of("size", text)
    assert raised.value.code is Code.INVALID_ARGUMENT


def test_a_long_text_is_quoted_by_its_beginning() -> None:
    with pytest.raises(RequestError) as raised:
        decimal_of("size", "x" * 100_000)
    assert len(raised.value.message) < 120


@given(st.text(max_size=50) | st.decimals().map(str) | st.floats().map(str))
def test_any_text_is_a_number_that_books_hold_or_a_request_error(text: str) -> None:
    with suppress(RequestError):
        value = decimal_of("size", text)
        assert value >= 0
        parse_number(value)
