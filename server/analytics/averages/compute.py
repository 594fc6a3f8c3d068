"""Averages of a price over windows of seconds: weighted by the time that each price held, and of the samples."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter

PPM = 1_000_000
_TIME = attrgetter("time")


@dataclass(frozen=True, slots=True)
class PriceAverage:
    """The averages of one window, exact."""

    window: int
    """Length in nanoseconds."""
    start: int
    """Nanoseconds UTC; the window is (start, end]."""
    end: int
    time_weighted: Fraction | None
    """Each price counts for as long as it held; times without a price do not count. None while coverage is 0."""
    sample_mean: Fraction | None
    """Mean of the prices that were noted within the window, each counted once. None without any."""
    samples: int
    """Number of the samples."""
    coverage_ppm: int
    """Part of the window in which there was a price, in millionths, rounded down."""


@dataclass(slots=True)
class _Step:
    """A price from `time` on, and what there was up to it since the beginning."""

    time: int
    price: int | None
    area: int  # price x nanoseconds before `time`
    covered: int  # nanoseconds with a price before `time`
    total: int  # of all samples up to and including those at `time`
    samples: int


_NOTHING = _Step(0, None, 0, 0, 0, 0)


class PriceAverages:
    """Follows one price as a step function of event time.

    A note costs the same however long the windows are. Memory is one step a different time of the longest window: the
    caller says how often there is one. A time that lies in the future holds all notes up until it has come: where
    venues' clocks cannot be trusted, note the earlier one of the venue's time and the time of receipt.
    """

    def __init__(self, windows_ns: Iterable[int], decimals: int = 18) -> None:
        """`windows_ns`: lengths in nanoseconds, above 0; `decimals`: the most that a price will have."""
        self.windows = tuple(sorted(set(windows_ns)))
        if not self.windows or self.windows[0] <= 0:
            raise ValueError("averages need at least one window, and each window a length above 0")
        self._decimals = decimals
        self._scales = tuple(10**missing for missing in range(decimals, -1, -1))
        # Those before _head are older than every window; they are dropped many at a time.
        self._steps: list[_Step] = []
        self._head = 0

    def note(self, time: int, price: tuple[int, int] | None) -> None:
        """The price is this (mantissa, decimals) from `time` (nanoseconds UTC) on; None: there is none.

        A time before that of the last note counts as that. IndexError for more decimals than were announced.
        """
        value = None if price is None else price[0] * self._scales[price[1]]
        steps = self._steps
        sampled = 0 if value is None else 1
        if not steps:
            steps.append(_Step(time, value, 0, 0, value or 0, sampled))
            return
        last = steps[-1]
        held = time - last.time
        if held <= 0:
            last.price = value
            last.total += value or 0
            last.samples += sampled
            return
        area, covered = last.area, last.covered
        if last.price is not None:
            area += last.price * held
            covered += held
        steps.append(_Step(time, value, area, covered, last.total + (value or 0), last.samples + sampled))
        oldest = time - self.windows[-1]
        # The step that holds when the longest window begins is the first that is needed.
        while self._head + 1 < len(steps) and steps[self._head + 1].time <= oldest:
            self._head += 1
        if self._head > 1000 and self._head * 2 > len(steps):
            del steps[: self._head]
            self._head = 0

    def averages(self, now: int) -> list[PriceAverage]:
        """The averages of all windows that end `now` (nanoseconds UTC) or at the last note if that is later; shortest
        window first."""
        end = max(now, self._steps[-1].time) if self._steps else now
        return [self._average(window, end) for window in self.windows]

    def _average(self, window: int, end: int) -> PriceAverage:
        start = end - window
        if not self._steps:
            return PriceAverage(window, start, end, None, None, 0, 0)
        last, first = self._steps[-1], self._holding(start)
        area, covered = _until(last, end)
        area_before, covered_before = _until(first, start)
        covered -= covered_before
        samples = last.samples - first.samples
        one = self._scales[0]
        return PriceAverage(
            window,
            start,
            end,
            Fraction(area - area_before, covered * one) if covered else None,
            Fraction(last.total - first.total, samples * one) if samples else None,
            samples,
            covered * PPM // window,
        )

    def _holding(self, time: int) -> _Step:
        """The last step at or before `time`."""
        at = bisect_right(self._steps, time, self._head, key=_TIME)
        return self._steps[at - 1] if at > self._head else _NOTHING


def _until(step: _Step, time: int) -> tuple[int, int]:
    """Area and covered nanoseconds up to `time`, which is in this step or before all."""
    if step.price is None:
        return step.area, step.covered
    held = time - step.time
    return step.area + step.price * held, step.covered + held
