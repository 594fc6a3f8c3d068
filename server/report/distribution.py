"""How often durations of each size occurred, in little memory: percentiles that are right to 1 %."""

from __future__ import annotations

from .gap_report import Latency

_BITS = 7
"""A class is 2 ** -7 of its values wide."""
_UNIT = 1 << _BITS
_PERCENTILES = (500, 900, 990, 999)
"""Per mille."""
EDGES = (*(step * 10**power for power in range(1, 8) for step in (1000, 1778, 3162, 5623)), 10**11)
"""Upper ends of the histogram's classes: four per decade, 10 microseconds to 100 seconds."""


class Distribution:
    """Counts of durations in nanoseconds. Negative ones are possible: a venue's clock may be ahead."""

    def __init__(self) -> None:
        self.count = 0
        self._counts: dict[int, int] = {}
        self._least = self._most = 0

    def add(self, value: int) -> None:
        """One duration."""
        if not self.count:
            self._least = self._most = value
        elif value < self._least:
            self._least = value
        elif value > self._most:
            self._most = value
        self.count += 1
        number = _class_of(value)
        self._counts[number] = self._counts.get(number, 0) + 1

    def merge(self, other: Distribution) -> None:
        """Adds all durations of another distribution."""
        if not other.count:
            return
        self._least = min(self._least, other._least) if self.count else other._least
        self._most = max(self._most, other._most) if self.count else other._most
        self.count += other.count
        for number, count in other._counts.items():
            self._counts[number] = self._counts.get(number, 0) + count

    def latency(self) -> Latency:
        """The values of the report: percentiles by the nearest rank."""
        if not self.count:
            return Latency(0, None, None, None, None, None, None, ())
        p50, p90, p99, p999 = (self._at_rank(-(-self.count * each // 1000)) for each in _PERCENTILES)
        return Latency(self.count, self._least, p50, p90, p99, p999, self._most, self._histogram())

    def _at_rank(self, rank: int) -> int:
        seen = 0
        for number in sorted(self._counts):
            seen += self._counts[number]
            if seen >= rank:
                return min(max(_middle(number), self._least), self._most)
        return self._most

    def _histogram(self) -> tuple[tuple[int | None, int], ...]:
        counts = [0] * (len(EDGES) + 1)
        place = 0
        for number in sorted(self._counts):
            while place < len(EDGES) and _middle(number) >= EDGES[place]:
                place += 1
            counts[place] += self._counts[number]
        return tuple((edge, count) for edge, count in zip((*EDGES, None), counts, strict=True) if count)


def _class_of(value: int) -> int:
    """Number of the class of a duration: greater durations have no smaller number."""
    if value < 0:
        return -1 - _class_of(-1 - value)
    shift = max(0, value.bit_length() - _BITS - 1)
    return (shift << _BITS) + (value >> shift)


def _middle(number: int) -> int:
    """The middle of a class."""
    if number < 0:
        return -1 - _middle(-1 - number)
    shift = max(0, (number >> _BITS) - 1)
    return ((number - (shift << _BITS)) << shift) + ((1 << shift) >> 1)
