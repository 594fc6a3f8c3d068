"""Decimals as messages have them: plain text, and mantissas of 64 bits, rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from server.analytics.exact import plain, shifted
from server.analytics.numbers import LARGEST, rounded, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("0", "0"),
        ("1.500", "1.5"),
        ("1E+3", "1000"),
        ("-0.00001", "-0.00001"),
        ("1" + "0" * 50, "1" + "0" * 50),
    ],
)
def test_text(value: str | None, expected: str) -> None:
    assert text(None if value is None else Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 3), (333_333_333_333, -12)),
        (Fraction(5, 2 * 10**12), (2, -12)),
        (Fraction(7, 2 * 10**12), (4, -12)),
        (Fraction(LARGEST), (LARGEST, 0)),
        (Fraction(-(10**8)), (-(10**18), -10)),
    ],
)
def test_rounded_to_as_many_decimals_as_have_a_place(value: Fraction, expected: tuple[int, int]) -> None:
    assert rounded(value) == expected


def test_shifted_loses_no_digit() -> None:
    assert shifted(12345678901234567890123456789012345678901, 18) == Decimal(
        "12345678901234567890123.456789012345678901"
    )
    assert plain(shifted(-1500, 3)) == "-1.5"
