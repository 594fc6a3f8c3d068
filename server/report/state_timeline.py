"""The states of one book over time: how long each lasted, and when the book was withdrawn."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter

from ..model import VenueState
from .gap_report import Withdrawal
from .report_window import ReportWindow

KEPT = 1000
"""Withdrawals of one book that are kept: the longest."""
LIVE, NOT_RECORDED = "live", "not_recorded"
BUILDING = frozenset({"connecting", "syncing"})
WORST_FIRST = (
    "gap", "checksum_failed", "crossed", "suspect", "down", "stale", "syncing", "connecting", "halted", "unsupported",
    LIVE, NOT_RECORDED,
)  # fmt: skip
"""Of several states in one part of the window the first of these is shown."""
_BIT = {name: 1 << number for number, name in enumerate(WORST_FIRST)}


def name_of(state: int) -> str:
    """The name of a state in reports."""
    return VenueState(state).name.lower()


class StateTimeline:
    """Follows one book. Times are nanoseconds UTC and never fall."""

    def __init__(self, window: ReportWindow) -> None:
        self._window = window
        self.lasted: Counter[str] = Counter()
        """Nanoseconds of the window by state; what was not recorded is left out."""
        self.count = 0
        """Withdrawals."""
        self.withdrawn = self.longest = 0
        """Nanoseconds of all withdrawals, and of the longest."""
        self._kept: list[tuple[int, int, Withdrawal]] = []
        """A heap with the shortest first."""
        self._parts = [0] * window.parts
        self._state, self._since = NOT_RECORDED, 0
        self._was_live = False
        self._left: tuple[int, str, str] | None = None
        """When the book was withdrawn, the state that it had then, and why."""

    def change(self, now: int, state: str, detail: str = "") -> None:
        """The book has this state from now on. NOT_RECORDED: the server does not run, or does not keep the book."""
        self._account(now)
        if state == LIVE:
            self._end_withdrawal(now, healed=True)
            self._was_live = True
        elif state == NOT_RECORDED:
            self._end_withdrawal(now, healed=False)
            self._was_live = False
        elif self._was_live and self._left is None:
            self._left = now, state, detail
        self._state = state

    def finish(self, now: int) -> None:
        """The recording has ended."""
        self.change(now, NOT_RECORDED)

    @property
    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """The longest withdrawals, in the order of their times."""
        return tuple(sorted((each for _, _, each in self._kept), key=lambda each: each.begin_ns))

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The worst state of each part of the window, and how many parts in a row have it."""
        worst = (next((name for name in WORST_FIRST if mask & _BIT[name]), NOT_RECORDED) for mask in self._parts)
        return tuple((name, len(list(group))) for name, group in itertools.groupby(worst))

    def _account(self, now: int) -> None:
        begin, end = self._window.clipped(self._since, now)
        if end > begin:
            if self._state != NOT_RECORDED:
                self.lasted[self._state] += end - begin
            for part in self._window.parts_of(begin, end):
                self._parts[part] |= _BIT[self._state]
        self._since = now

    def _end_withdrawal(self, now: int, *, healed: bool) -> None:
        if self._left is None:
            return
        (begin, state, detail), self._left = self._left, None
        begin, end = self._window.clipped(begin, now)
        if end == begin:
            return
        self.count += 1
        self.withdrawn += end - begin
        self.longest = max(self.longest, end - begin)
        item = end - begin, -self.count, Withdrawal(begin, end, state, detail, healed)
        if len(self._kept) < KEPT:
            heapq.heappush(self._kept, item)
        else:
            heapq.heappushpop(self._kept, item)
