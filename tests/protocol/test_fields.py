"""What counts as a number, a text, a time in a venue's JSON, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocol.fields import (
    amount,
    flag,
    identity,
    iso_nanos,
    least,
    moment,
    number,
    one_of,
    positive,
    step,
    text,
    whole,
)
from server.protocol.rest_request import decode_json, encode_json

NO_NUMBERS: list[Any] = [
    None, True, False, "", " 1", "1 ", "1_0", "0x1", "NaN", "Infinity", "-inf", "1e400", "1e-400", "\uff11", "\u0661",
    "+1", ".5", "5.", "1,5", [], {}, [1], 1.5, 10**31, "9" * 41, b"1",
]  # fmt: skip

WRONG_TEXTS: list[Any] = ["", "  ", None, True, [], "a\nb", "\ud800", 1.5]
WRONG_WORDS: list[Any] = ["Buy", None, [], 1]


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("read", [number, positive, amount])
def test_no_numbers(value: Any, read: Callable[[Any], Decimal]) -> None:
    with pytest.raises(ValueError):
        read(value)


@given(st.decimals(min_value="1e-20", max_value="1e20", allow_nan=False, allow_infinity=False))
def test_plain_numbers_are_read_exactly(value: Decimal) -> None:
    assert number(f"{value:f}"[:80]) == Decimal(f"{value:f}"[:80]) if len(f"{value:f}") < 40 else True
    assert number(str(int(value))) == number(int(value)) == int(value)


def test_signs() -> None:
    assert number("-1.50e-3") == Decimal("-0.0015")
    assert (positive("0.1"), amount(0), least(None), least(""), least("5")) == (Decimal("0.1"), 0, 0, 0, 5)
    for read, value in ((positive, 0), (positive, "-1"), (amount, "-0.1"), (least, -1)):
        with pytest.raises(ValueError):
            read(value)


def test_whole_numbers() -> None:
    assert (whole(7), whole("7"), whole(-1, -5, 5), step(2)) == (7, 7, -1, Decimal("0.01"))
    for value in (-1, "7.0", "7e1", True, None, "", "9" * 400, 1.0):
        with pytest.raises(ValueError):
            whole(value)
    for decimals in (31, -1, 10**9):
        with pytest.raises(ValueError):
            step(decimals)


def test_texts_ids_flags_and_words() -> None:
    assert (text("币安人生"), identity(7), identity("6f1c-uuid"), flag(True)) == ("币安人生", "7", "6f1c-uuid", True)
    assert one_of("buy", {"buy": 1}) == 1
    for read in (text, identity):
        for value in WRONG_TEXTS:
            with pytest.raises(ValueError):
                read(value)
    for value in (0, 1, "true", None):
        with pytest.raises(ValueError):
            flag(value)
    for word in WRONG_WORDS:
        with pytest.raises(ValueError):
            one_of(word, {"buy": 1})


def test_times() -> None:
    assert moment("1760000000.5", 10**9) == 1_760_000_000_500_000_000
    assert iso_nanos("2026-01-01T00:00:00.123456Z") == 1_767_225_600_123_456_000
    assert iso_nanos("2021-07-22T22:25:41+00:00") == iso_nanos("2021-07-22T22:25:41Z")
    for wrong in (
        "2026-01-01",
        "2026-01-01T00:00:00+01:00",
        "2026-13-01T00:00:00Z",
        None,
        5,
        "\uff12026-01-01T00:00:00Z",
    ):
        with pytest.raises(ValueError):
            iso_nanos(wrong)


def test_a_bare_nan_spoils_its_own_field_only() -> None:
    message = decode_json(b'{"a":NaN,"b":[-Infinity,1.50],"c":2}')
    assert (message["c"], number(message["b"][1])) == (2, Decimal("1.50"))
    for value in (message["a"], message["b"][0]):
        for read in (number, whole, text, identity, flag):
            with pytest.raises(ValueError):
                read(value)
    assert decode_json(encode_json(message)) == {"a": "NaN", "b": ["-Infinity", "1.50"], "c": 2}
