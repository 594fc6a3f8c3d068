"""The trades of one venue's pair during a replay: how many, how late, and which are missing."""

from __future__ import annotations

from ..model import Trade, TradeGap
from .distribution import Distribution
from .gap_report import TradeGapReport, Trades
from .report_window import ReportWindow

KEPT = 100
"""Gaps that are named at most: the first."""


class TradeWatch:
    """Hears the events of the trades of one pair at one venue. Times are nanoseconds UTC."""

    def __init__(self, window: ReportWindow) -> None:
        self._window = window
        self._count = self._missing = self._gaps = self._covered = self._interruptions = 0
        self._first: list[TradeGapReport] = []
        self._complete_since: int | None = None
        self.latency = Distribution()
        """From the venue's time of a trade to its receipt."""

    def trade(self, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        if receive_time < self._window.begin:
            return
        self._count += 1
        if trade.exchange_time > 0:
            self.latency.add(receive_time - trade.exchange_time)

    def gap(self, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing, and the venue's history does not have them either."""
        if receive_time < self._window.begin:
            return
        self._gaps += 1
        self._missing += gap.missing
        if len(self._first) < KEPT:
            self._first.append(TradeGapReport(receive_time, gap.after_id, gap.before_id, gap.missing))

    def coverage(self, complete: bool, at: int) -> None:
        """All trades are received from now on, or no longer."""
        if complete:
            if self._complete_since is None:
                self._complete_since = at
        elif self._complete_since is not None:
            self.suspend(at)
            self._interruptions += at >= self._window.begin

    def suspend(self, now: int) -> None:
        """The recorded server does not run from now on: what is not recorded is no interruption."""
        if self._complete_since is not None:
            begin, end = self._window.clipped(self._complete_since, now)
            self._covered += end - begin
            self._complete_since = None

    def result(self) -> Trades:
        """What was found; after suspend()."""
        return Trades(
            self._count, self._missing, self._gaps, tuple(self._first), self._covered, self._interruptions,
            self.latency.latency(),
        )  # fmt: skip
