"""Writes the trades of all markets into CSV files."""

from __future__ import annotations

import logging

from .. import clock
from ..history.folder import day_of
from ..logs import about
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import Trade
from .trade_files import TradeFiles
from .trade_line import trade_line

log = logging.getLogger(__name__)


class TradeWriter(MarketListener):
    """A listener that waits for the disk: it needs a thread of its own."""

    def __init__(self, files: TradeFiles) -> None:
        self._files = files
        self.refused = 0
        """Trades of no day that can be."""

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """Puts the trade into the file of its own day."""
        line = trade_line(market.pair, venue, trade, receive_time)
        if line.day > day_of(clock.time_ns()) + 1:
            if not self.refused:
                words = "%s on %s: a trade of %s is refused for the CSV files: it is more than a day ahead"
                where = market.name, venue
                log.error(words, *where, line.identity[1], extra=about("csv_refused", *where))
            self.refused += 1
            return
        self._files.put(venue, market.pair, line)

    def tick(self) -> None:
        """Writes what has come."""
        self._files.turn()
