"""Times of the command line, exactly."""

from __future__ import annotations

import pytest

from server.replay.moments import moment


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("1970-01-01", 0),
        ("2026-11-29T14:00", 1795960800 * 10**9),
        ("2026-11-29T14:00:00Z", 1795960800 * 10**9),
        ("2026-11-29T14:00:00.123456z", 1795960800 * 10**9 + 123456000),
        ("2026-11-29T16:00+02:00", 1795960800 * 10**9),
        (" 2026-11-29 14:00:01 ", 1795960801 * 10**9),
    ],
)
def test_a_time_is_utc_unless_it_names_its_zone(text: str, nanos: int) -> None:
    assert moment(text) == nanos


@pytest.mark.parametrize("text", ["", "yesterday", "14:00", "2026-13-01", "2026-11-29T25:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment(text)
