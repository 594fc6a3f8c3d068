"""Lengths of candles, and where on the calendar they begin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from math import gcd

from ..errors import ConfigError
from ..units import SECOND

DAY = 86_400 * SECOND
_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_TEXT = re.compile(r"([1-9][0-9]{0,8})(s|m|h|d)", re.ASCII)
_LONGEST_DAYS = 30
# 1970 began on a Thursday: the first Monday is four days in.
_MONDAY = 4 * DAY
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of candles: a number of seconds counted from 1970, weeks from Monday, or months; all of UTC.

    The intervals of one length are numbered, as integers that rise by one: `number` and `open` translate.
    """

    name: str
    """Canonical text: 1m, never 60s."""
    seconds: int | None
    """Length in seconds; None: months, which have none."""
    _length: int = field(repr=False, compare=False)
    _offset: int = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Reads 1s to 30d in s, m, h or d, or 1w, or 1mo. Raises ConfigError on anything else."""
        if text == "1mo":
            return cls("1mo", None, 0, 0)
        if text == "1w":
            return cls("1w", 7 * 86_400, 7 * DAY, _MONDAY)
        match = _TEXT.fullmatch(text)
        seconds = int(match[1]) * _UNITS[match[2]] if match else 0
        if not 0 < seconds <= _LONGEST_DAYS * 86_400:
            raise ConfigError(f"interval {text!r:.40} was not 1s to 30d, 1w or 1mo")
        unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
        return cls(f"{seconds // _UNITS[unit]}{unit}", seconds, seconds * SECOND, 0)

    def __str__(self) -> str:
        return self.name

    @property
    def longest(self) -> int:
        """Length in nanoseconds; of months the longest."""
        return self._length or 31 * DAY

    def number(self, time: int) -> int:
        """Number of the interval that contains `time` (nanoseconds UTC)."""
        if self._length:
            return (time - self._offset) // self._length
        day = date.fromordinal(_EPOCH_DAY + time // DAY)
        return day.year * 12 + day.month - 1

    def open(self, number: int) -> int:
        """Start of the interval of this number, nanoseconds UTC; the previous interval ends at this time."""
        if self._length:
            return number * self._length + self._offset
        return (date(number // 12, number % 12 + 1, 1).toordinal() - _EPOCH_DAY) * DAY

    def floor(self, time: int) -> int:
        """When the interval that contains `time` begins, nanoseconds UTC."""
        return self.open(self.number(time))

    def next(self, open_time: int) -> int:
        """When the interval that begins at `open_time` ends, nanoseconds UTC: that instant belongs to the next."""
        return self.open(self.number(open_time) + 1)

    def divides(self, other: Interval) -> bool:
        """Whether every interval of `other` is a whole number, two or more, of intervals of this length."""
        if not self._length or self._offset:
            return False
        whole = DAY if other._offset or not other._length else other._length
        return whole % self._length == 0 and other.longest > self._length


def common_seconds(intervals: list[Interval]) -> int:
    """The longest length in seconds of which all these intervals are made."""
    return gcd(*(86_400 if interval.name in ("1w", "1mo") else interval.seconds or 0 for interval in intervals))
