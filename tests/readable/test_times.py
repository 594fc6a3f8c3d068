"""Times and lengths as people type them."""

from __future__ import annotations

import pytest

from server.readable.times import millis, nanos
from server.request_errors import RequestError

NOW = 1_796_000_000_000_000_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-01T00:00:01.000002", 1_000_002_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:00:00 01:00", 0),
        ("1796000000123456789", 1_796_000_000_123_456_789),
        ("6h", NOW - 6 * 3600 * 10**9),
        ("250ms", NOW - 250 * 10**6),
        ("99999999d", 1),
    ],
)
def test_times(text: str, found: int) -> None:
    assert nanos("start", text, NOW) == str(found)


@pytest.mark.parametrize("text", ["", "yesterday", "-5", "1e9", "2026-13-01", "1969-12-31", "6 h", "\u0661\u0662"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(RequestError, match="^start: was"):
        nanos("start", text, NOW)


@pytest.mark.parametrize(("text", "found"), [("250ms", 250), ("30s", 30_000), ("1.5m", 90_000), ("0.0001s", 1)])
def test_lengths_are_rounded_up(text: str, found: int) -> None:
    assert millis("min_interval", text) == str(found)


@pytest.mark.parametrize("text", ["", "30", "s", "-1s", "1w1", "9999999999d"])
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(RequestError, match="^min_interval: was"):
        millis("min_interval", text)
