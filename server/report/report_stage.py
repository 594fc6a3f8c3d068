"""A replay that serves nobody, and whose events a report hears."""

from __future__ import annotations

from collections.abc import Hashable

from ..clock import PlayedClock
from ..config import Config
from ..market.market import Market
from ..replay.played_run import PlayedRun
from ..replay.stage import ReplayApp
from .report_collector import ReportCollector
from .report_window import ReportWindow


class ReportStage(ReplayApp):
    """The stage of a player that plays for a report."""

    def __init__(self, config: Config, run: PlayedRun, played: PlayedClock, window: ReportWindow) -> None:
        super().__init__(config, run, played, serves=False)
        self.collector = ReportCollector(self.markets, self.check.chains, config.venues, window, played)
        self.dispatcher.listen(self.collector)

    def _emit(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        self.collector.emit(market, source, venue, event, receive_time)
        super()._emit(market, source, venue, event, receive_time)

    def _heard(self, market: Market, source: Hashable) -> bool:  # noqa: ARG002 - the collector takes all
        return True
