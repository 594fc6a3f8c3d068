"""What the history has of one market, for analytics that continue after a restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..history.day_reader import Source
from ..history.folder import DAY
from ..history.pages import MOST_ROWS
from ..history.rows import TradeRow
from ..history.store import HistoryStore
from ..model import Pair, Trade

REMEMBERED = 200
"""Trades of a venue that the venue may send again."""
MOST_TRADES = 100_000
"""Of one venue that are read: more of them take too long."""


class MarketPast:
    """Reads at the start, before the feeds. All methods raise HistoryError."""

    def __init__(self, store: HistoryStore, pair: Pair, venues: Sequence[str], now: int) -> None:
        """`venues`: those whose feeds fill the trades that are missing since, or report them as a gap. `now`:
        nanoseconds UTC."""
        self.store, self.pair, self.now = store, pair, now
        self.newest: Mapping[str, Sequence[Trade]] = {
            venue: trades for venue in venues if (trades := self._newest(venue))
        }
        """By venue that has traded within a day: its last trades, oldest first."""

    def trades(self, venue: str, begin: int) -> list[Trade] | None:
        """All trades of a venue from this time on, oldest first; None if they are too many."""
        found: list[Trade] = []
        after = ""
        while len(found) <= MOST_TRADES:
            page = self.store.trades(self._source(venue), begin, self.now + DAY, after=after, limit=MOST_ROWS)
            found += map(_trade, page.rows)
            after = page.next
            if not after:
                return found
        return None

    def _newest(self, venue: str) -> list[Trade]:
        times = self.now - DAY, self.now + DAY
        page = self.store.trades(self._source(venue), *times, limit=REMEMBERED, newest_first=True)
        return [_trade(row) for row in reversed(page.rows)]

    def _source(self, venue: str) -> Source:
        return Source(venue, self.pair.base, self.pair.quote)


def _trade(row: TradeRow) -> Trade:
    market = row.market
    price, size = market.price_of(row.price), market.quantity_of(row.quantity)
    return Trade(market.symbol, row.trade_id, price, size, row.side, row.time)
