"""Times of the command line, exactly."""

from __future__ import annotations

import argparse

import pytest

from server.errors import ConfigError
from server.replay.moments import check_order, moment


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
    with pytest.raises(argparse.ArgumentTypeError, match="is no time such as 2026-11-29 or"):
        moment(text)


@pytest.mark.parametrize(("begin", "end"), [(None, None), (5, None), (None, 5), (5, 6)])
def test_times_in_their_order(begin: int | None, end: int | None) -> None:
    check_order(begin, end)


@pytest.mark.parametrize(("begin", "end"), [(6, 5), (5, 5), (None, 0)])
def test_times_with_nothing_in_between_are_refused(begin: int | None, end: int | None) -> None:
    with pytest.raises(ConfigError, match="--to is not after --from"):
        check_order(begin, end)
