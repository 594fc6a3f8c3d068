"""Times, lengths and numbers as people type and read them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from client.text import length, moment, number, shorten, time_of_day, whole
from client.times import parse_length, parse_moment

NOON = 1_769_860_800_000_000_000  # 2026-01-31T12:00Z


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", "30"), ("5m", "300"), ("1.5h", "5400"), ("2d", "172800"), ("1w", "604800")]
)
def test_lengths(text: str, seconds: str) -> None:
    assert parse_length("--x", text) == Decimal(seconds)
    assert parse_length("--x", "250ms") == Decimal("0.25")


@pytest.mark.parametrize("text", ["", "s", "5", "-5s", "5 minutes", "1e3s"])
def test_bad_lengths(text: str) -> None:
    with pytest.raises(ValueError, match="--x: not a length of time"):
        parse_length("--x", text)


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T12:00", "2026-01-31 12:00:00", "2026-01-31T12:00Z", "2026-01-31T13:00+01:00", "2026-01-31T12:00:00z"],
)
def test_moments(text: str) -> None:
    assert parse_moment("--x", text) == NOON


def test_moments_ago() -> None:
    assert parse_moment("--x", "6h", now_nanos=NOON) == NOON - 6 * 3600 * 1_000_000_000
    assert parse_moment("--x", "6000w", now_nanos=NOON) == 1, "0 would mean the oldest or now"


@pytest.mark.parametrize("text", ["yesterday", "", "12:00", "2026-13-01"])
def test_bad_moments(text: str) -> None:
    with pytest.raises(ValueError, match="--x: not a time such as"):
        parse_moment("--x", text)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("61837.123456789", 8, "61,837.123"),
        ("61837.12", 8, "61,837.12"),
        ("0.0000123456789012", 8, "0.000012345679"),
        ("1234567890.5", 8, "1,234,567,890"),
        ("-0.5", 8, "-0.5"),
        ("0.00", 8, "0.00"),
        ("1E+3", 8, "1,000"),
    ],
)
def test_numbers_that_fit(value: str, digits: int, text: str) -> None:
    assert number(Decimal(value), digits) == text


def test_other_words() -> None:
    assert (number(None), number(Decimal("1.10"))) == ("none", "1.10")
    assert (whole(Decimal("1.500")), whole(Decimal("1200")), whole(Decimal("0.000"))) == ("1.5", "1,200", "0")
    assert [length(seconds * 1_000_000_000) for seconds in (30, 60, 90, 3600)] == ["30s", "1m", "90s", "1h"]
    assert length(500_000_000) == "0.5s"
    assert (moment(NOON), time_of_day(NOON), time_of_day(NOON, seconds=False)) == (
        *("2026-01-31 12:00:00", "12:00:00"),
        "12:00",
    )
    assert shorten(Decimal("1.25"), 2) == Decimal("1.2"), "half to even"
