"""Pairs that a venue does not give, and when each of them is tried again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ..backoff import Backoff
from ..model import Pair

# Seconds between two trials of a pair: they grow.
FIRST_TRIAL, LONGEST_PAUSE = 30.0, 300.0


class GivenUp:
    """Used by the thread of one venue; other threads may read and forget pairs. Times are seconds of `clock`."""

    def __init__(
        self,
        first: float = FIRST_TRIAL,
        longest: float = LONGEST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first, self._longest = first, longest
        self._clock = clock
        self._trials: dict[Pair, float] = {}
        self._pauses: dict[Pair, Backoff] = {}

    def __contains__(self, pair: Pair) -> bool:
        return pair in self._trials

    def add(self, pair: Pair) -> float:
        """Gives a pair up; returns the seconds until its next trial."""
        pauses = self._pauses.setdefault(pair, Backoff(self._first, self._longest))
        pause = pauses.next()
        self._trials[pair] = self._clock() + pause
        return pause

    def forget(self, pair: Pair | None = None) -> None:
        """This pair, or each of them, is to be tried at once, and begins anew."""
        for each in [pair] if pair is not None else list(self._pauses):
            self._trials.pop(each, None)
            self._pauses.pop(each, None)

    def take_due(self) -> list[Pair]:
        """The pairs to be tried now; they are not given up any more."""
        now = self._clock()
        due = [pair for pair, at in list(self._trials.items()) if now >= at]
        for pair in due:
            self._trials.pop(pair, None)
        return due

    @property
    def wait(self) -> float:
        """Seconds until the next trial; infinite if there is none."""
        return max(0.0, min(list(self._trials.values()), default=math.inf) - self._clock())
