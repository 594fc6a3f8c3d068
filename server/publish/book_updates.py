"""Every update of a market's books, for a listener that asked for them; see MarketListener.book_updates()."""

from __future__ import annotations

from orderbook_ext import BookUpdate, UpdateLog

from ..market.market import Market

CAPACITY = 1024
"""Updates of one book that may wait for the dispatcher."""


class BookUpdateReader:
    """One log per venue of a market, from now on. Made by any thread, drained by the dispatcher's."""

    def __init__(self, market: Market, levels: int) -> None:
        """`levels`: the best so many of each side."""
        self._market = market
        self._levels = levels
        self._entries = market.entries
        self._logs = {venue: self._log(venue) for venue in self._entries}

    def _log(self, venue: str) -> UpdateLog:
        return UpdateLog(self._entries[venue], levels=self._levels, capacity=CAPACITY)

    def drain(self) -> list[tuple[str, list[BookUpdate], int]]:
        """Each venue with its updates since the last call, and the number of updates lost after these."""
        if self._entries is not self._market.entries:
            self._follow()
        return [(venue, *log.take()) for venue, log in self._logs.items() if log.waiting]

    def _follow(self) -> None:
        """Venues have come or gone; one that came again has another entry."""
        before, self._entries = self._entries, self._market.entries
        for venue, entry in before.items():
            if self._entries.get(venue) is not entry:
                self._logs.pop(venue).close()
        for venue in self._entries.keys() - self._logs.keys():
            self._logs[venue] = self._log(venue)

    def close(self) -> None:
        """Ends the logs."""
        for log in self._logs.values():
            log.close()
