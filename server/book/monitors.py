"""All monitors of one book."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..protocol.venue import BookPlan
from .checksum_monitor import ChecksumMonitor
from .crossed_monitor import CrossedMonitor
from .evidence import BboMonitor, TradeThroughMonitor
from .lag_monitor import LagMonitor
from .monitor import Monitor


class Monitors:
    """Checksums and crossed spells are judged with each frame; the others when their evidence arrives."""

    def __init__(self, plan: BookPlan) -> None:
        self.checksum = ChecksumMonitor(plan.checksum)
        self.crossed = CrossedMonitor()
        self.lag = LagMonitor()
        self.bbo = BboMonitor()
        self.trades = TradeThroughMonitor()

    def __iter__(self) -> Iterator[Monitor[Any]]:
        return iter((self.checksum, self.crossed, self.lag, self.bbo, self.trades))

    @property
    def settled(self) -> bool:
        """Whether another frame in plain order would change nothing in any monitor."""
        return all(monitor.settled for monitor in self)

    def restart(self) -> None:
        """The book begins anew."""
        for monitor in self:
            monitor.restart()
