"""How long a venue may make us wait: any header gives seconds within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.network.retry_after import DEFAULT, MOST, retry_after, used_weight


@pytest.mark.parametrize(
    ("text", "status", "seconds"),
    [
        ("7", 429, 7.0),
        (" 7 ", 429, 7.0),
        ("0", 429, 0.0),
        ("9" * 5000, 418, 3600.0),
        ("300", 429, 120.0),
        ("300", 418, 300.0),
        ("300", 503, 60.0),
        ("", 429, 10.0),
        ("-5", 418, 120.0),
        ("٣", 503, 5.0),
        ("1.5", 429, 10.0),
        ("soon", 429, 10.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 429, 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 418, 3600.0),
        ("Fri, 99 Dec 9999 99:99:99 GMT", 418, 120.0),
    ],
)
def test_numbers_and_dates(text: str, status: int, seconds: float) -> None:
    assert retry_after(text, status) == seconds


@given(st.text(), st.sampled_from(sorted(MOST)))
def test_any_header_is_seconds_within_bounds(text: str, status: int) -> None:
    assert 0.0 <= retry_after(text, status) <= MOST[status]


def test_every_status_has_both() -> None:
    assert DEFAULT.keys() == MOST.keys()
    assert all(DEFAULT[status] <= MOST[status] for status in MOST)


@pytest.mark.parametrize(("text", "weight"), [("12", 12), (" 12 ", 12), ("", None), ("1e3", None), ("9" * 13, None)])
def test_the_venues_count_of_our_weight(text: str, weight: int | None) -> None:
    assert used_weight(text) == weight
