"""Text of rows: nothing is rounded, every row is one line, and times are of UTC whatever the zone of the machine is."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.csv_files import csv_text


@given(st.lists(st.text(), min_size=1))
def test_a_row_is_one_line_and_gives_its_values_back(values: list[str]) -> None:
    values = [csv_text.name(value) for value in values]
    text = csv_text.row(values)
    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    assert next(csv.reader([text])) == values


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_keeps_all_digits_and_has_no_exponent(value: Decimal) -> None:
    text = csv_text.decimal(value)
    assert Decimal(text) == value
    assert "E" not in text.upper()


def test_an_unknown_number_is_empty() -> None:
    assert csv_text.decimal(None) == ""


def test_text_of_a_venue_is_cut() -> None:
    assert len(csv_text.name("x" * 5000)) == csv_text.LONGEST + len("...")


@pytest.fixture
def far_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_zone")
def test_times_are_of_utc() -> None:
    assert csv_text.time_to_nanos(1_796_000_000_123_456_789) == "2026-11-30T00:53:20.123456789Z"
    assert csv_text.time_to_seconds(1_796_000_000_999_999_999) == "2026-11-30T00:53:20Z"
