"""Sums over windows of time that slide, and the times in which what they sum was not followed. Exact, and pure.

Times are nanoseconds since 1970 UTC; numbers are scaled integers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

MOST = 65_536
"""Different times that are remembered; windows that would need more are partial."""


class SlidingSums:
    """Sums of vectors over windows that end at the newest, in memory of the longest window."""

    def __init__(self, width: int, longest: int, most: int = MOST) -> None:
        """`width`: numbers of a vector; `longest`: nanoseconds of the longest window; `most`: different times kept."""
        self._longest = longest
        self._most = most
        self._times = [0]
        self._totals: list[tuple[int, ...]] = [(0,) * width]
        self._counts = [0]
        self._head = 0
        """Entries before this index are older than every window; they are dropped many at a time."""
        self.forgotten = 0
        """Entries up to this time are not known any more, although a window might need them."""

    @property
    def newest(self) -> int:
        """Time of the newest vector; 0 before the first."""
        return self._times[-1]

    def add(self, time: int, vector: Sequence[int]) -> None:
        """Adds a vector at a time; a time before the newest counts as that."""
        total = tuple(map(int.__add__, self._totals[-1], vector))
        if time <= self._times[-1]:
            self._totals[-1], self._counts[-1] = total, self._counts[-1] + 1
            return
        self._times.append(time)
        self._totals.append(total)
        self._counts.append(self._counts[-1] + 1)
        self._prune(time - self._longest)

    def _prune(self, oldest: int) -> None:
        while self._head + 1 < len(self._times) and self._times[self._head + 1] <= oldest:
            self._head += 1
        if len(self._times) - self._head > self._most:
            self._head = len(self._times) - self._most
            self.forgotten = self._times[self._head]
        if self._head > 1000 and self._head * 2 > len(self._times):
            del self._times[: self._head], self._totals[: self._head], self._counts[: self._head]
            self._head = 0

    def since(self, start: int) -> tuple[tuple[int, ...], int]:
        """The sum of the vectors after this time, and their number."""
        at = max(self._head, bisect_right(self._times, start, self._head) - 1)
        total = tuple(map(int.__sub__, self._totals[-1], self._totals[at]))
        return total, self._counts[-1] - self._counts[at]


class Absences:
    """Stretches of time in which something was not followed; moments count as stretches without length."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._ended: deque[tuple[int, int]] = deque()
        self._since: int | None = 0
        """Begin of the one that lasts; at first it lasts since ever."""

    def begin(self, at: int) -> None:
        """Nothing is followed from this time on."""
        if self._since is None:
            self._since = at

    def end(self, at: int) -> None:
        """All is followed from this time on."""
        if self._since is not None:
            self._note(self._since, max(at, self._since))
            self._since = None

    def mark(self, at: int) -> None:
        """Something was missed at this moment."""
        if self._since is None:
            self._note(at, at)

    def between(self, after: int, before: int) -> None:
        """Something was missed between these times."""
        self._note(min(after, before), before)

    def _note(self, start: int, end: int) -> None:
        self._ended.append((start, end))
        while self._ended and self._ended[0][1] < end - self._longest:
            self._ended.popleft()

    def within(self, start: int, end: int) -> tuple[int, bool]:
        """How long the source was followed in (start, end], and whether any part was missed."""
        touched = [each for each in self._ended if each[1] > start and each[0] <= end]
        if self._since is not None and self._since <= end:
            touched.append((self._since, end))
        missed, reached = 0, start
        for begin, finish in sorted(touched):
            missed += max(0, min(finish, end) - max(begin, reached))
            reached = max(reached, finish)
        return end - start - missed, bool(touched)
