"""Continues, after a restart, what was in progress when the server ended: analytics, and the sequence of trades."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .. import clock
from ..analytics.engine import AnalyticsEngine
from ..analytics.market_analytics import MarketRuntime
from ..analytics.market_past import MarketPast
from ..history.errors import HistoryError
from ..history.held_store import HeldStore
from ..logs import about
from ..market.market import Market
from ..model import Pair, Trade

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds for all markets: a server of very many starts with the others anew."""


class ResumingFeed(Protocol):
    """A feed that says so if trades are missing since the last one of the past."""

    def resume_trades(self, pair: Pair, trades: Sequence[Trade]) -> None:
        """The last trades of a pair, oldest first."""


def resume(
    folder: Path, markets: Iterable[Market], feeds: Mapping[str, ResumingFeed], engine: AnalyticsEngine
) -> None:  # fmt: skip
    """Continues with all markets, before their feeds start. A history that cannot be read is said in the log: candles
    start anew then."""
    deadline, now = time.monotonic() + PATIENCE, clock.time_ns()
    with HeldStore(folder) as store:
        try:
            for market in markets:
                if time.monotonic() > deadline:
                    words = "candles that were in progress start anew from %s on: reading the history takes too long"
                    log.warning(words, market.name, extra=about("history"))
                    return
                past = MarketPast(store, market.pair, [venue for venue in market.venues if venue in feeds], now)
                for venue, trades in past.newest.items():
                    feeds[venue].resume_trades(market.pair, trades)
                if past.newest:
                    engine.of(market).call(MarketRuntime.resume, past)
        except HistoryError as error:
            log.warning("candles that were in progress start anew: %s", error, extra=about("history"))
