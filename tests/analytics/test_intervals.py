"""Where candles begin and end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.intervals import DAY, Interval, common_seconds
from server.errors import ConfigError
from server.units import SECOND

NAMES = ["1s", "15s", "1m", "5m", "15m", "1h", "4h", "1d", "7d", "30d", "1w", "1mo", "7m", "90s"]
TIMES = st.integers(0, 4_000_000_000 * SECOND)


def nanos(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "name"),
    [("60s", "1m"), ("90s", "90s"), ("3600s", "1h"), ("1440m", "1d"), ("24h", "1d"), ("168h", "7d"), ("1w", "1w"),
     ("1mo", "1mo"), ("1s", "1s"), ("30d", "30d")],
)  # fmt: skip
def test_names_are_canonical(text: str, name: str) -> None:
    assert Interval.parse(text).name == str(Interval.parse(text)) == name
    assert Interval.parse(text) == Interval.parse(name)


@pytest.mark.parametrize(
    "text", ["", "1", "s", "0s", "31d", "-1m", "1.5h", "1M", "1 m", "m1", "2w", "3mo", "01m", "\u0661m"]
)
def test_nonsense_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError, match="was not 1s to 30d"):
        Interval.parse(text)


def test_every_documented_length_works_and_every_multiple_of_a_day() -> None:
    """The origin documented ten and had three."""
    for seconds in (15, 60, 300, 900, 3600, 14400, *(86_400 * days for days in range(1, 31))):
        assert Interval.parse(f"{seconds}s").seconds == seconds


def test_weeks_begin_on_monday_not_on_thursday_as_1970_did() -> None:
    week = Interval.parse("1w")
    assert week.floor(nanos("2024-08-08T23:54:15")) == nanos("2024-08-05")
    assert week.floor(nanos("2024-08-05")) == nanos("2024-08-05")
    assert week.next(nanos("2024-08-05")) == nanos("2024-08-12")
    assert week.seconds == 604_800
    assert Interval.parse("7d").floor(nanos("2024-08-08T23:54:15")) == nanos("2024-08-08")


def test_months_follow_the_calendar() -> None:
    month = Interval.parse("1mo")
    assert month.seconds is None
    assert month.floor(nanos("2024-02-29T12:00:00")) == nanos("2024-02-01")
    assert month.next(nanos("2024-02-01")) == nanos("2024-03-01")
    assert month.next(nanos("2023-12-01")) == nanos("2024-01-01")
    assert month.floor(nanos("1970-01-31T00:00:00")) == 0


def test_the_last_moment_of_a_minute_is_not_rounded_into_the_next() -> None:
    minute = Interval.parse("1m")
    assert minute.floor(nanos("2024-08-08T23:54:59") + 700_000_000) == nanos("2024-08-08T23:54:00")
    assert minute.floor(nanos("2024-08-08T23:55:00") - 1) == nanos("2024-08-08T23:54:00")
    assert minute.floor(nanos("2024-08-08T23:55:00")) == nanos("2024-08-08T23:55:00")


@given(st.sampled_from(NAMES), TIMES)
def test_a_time_lies_in_its_interval_and_numbers_rise_by_one(name: str, time: int) -> None:
    interval = Interval.parse(name)
    number = interval.number(time)
    assert interval.open(number) <= time < interval.open(number + 1)
    assert interval.floor(time) == interval.open(number)
    assert interval.next(interval.open(number)) == interval.open(number + 1)
    assert interval.number(interval.open(number)) == number
    assert interval.open(number + 1) - interval.open(number) <= interval.longest


@given(TIMES)
def test_weeks_and_months_agree_with_the_calendar_of_the_standard_library(time: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=time // SECOND)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = day - timedelta(days=day.weekday())
    assert Interval.parse("1w").floor(time) == int(monday.timestamp()) * SECOND
    assert Interval.parse("1mo").floor(time) == int(day.replace(day=1).timestamp()) * SECOND


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), TIMES)
def test_what_divides_never_spans_a_border(name: str, other: str, time: int) -> None:
    part, whole = Interval.parse(name), Interval.parse(other)
    if part.divides(whole):
        begin, end = part.floor(time), part.next(part.floor(time))
        assert whole.floor(begin) == whole.floor(end - 1)
        assert whole.next(whole.floor(time)) - whole.floor(time) > end - begin


def test_the_common_length() -> None:
    def common(*names: str) -> int:
        return common_seconds([Interval.parse(name) for name in names])

    assert common("1m", "5m", "1d") == 60
    assert common("2m", "3m") == 60
    assert common("1w", "1mo") == DAY // SECOND
    assert common("45s", "1m") == 15
