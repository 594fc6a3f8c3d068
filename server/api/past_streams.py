"""Streams that begin in the past."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ..history.store import HistoryStore
from ..history_source.history import History
from ..history_source.past_books import PastBooks
from ..history_source.past_trades import PastTrades
from ..market.market import Market
from ..publish.epoch import Epoch
from ..publish.past_channel import Past, PastChannel
from ..request_errors import invalid
from .calls import Opened
from .history import no_history

THREADS = 2
"""That read the past for all streams, a part of one stream after the other."""


class PastStreams:
    """Puts the past before what a stream reads from."""

    def __init__(self, history: History | None, epoch: Epoch) -> None:
        self._history, self._epoch = history, epoch
        self._readers = ThreadPoolExecutor(THREADS, "past")

    @property
    def store(self) -> HistoryStore | None:
        """What was kept; None: the server keeps no history."""
        return None if self._history is None else self._history.store

    def trades(self, opened: Opened, market: Market, venues: Sequence[str], start: int, if_kept: bool) -> Opened:
        """Trades from their time of receipt on. Raises RequestError."""
        if not start or (self._history is None and if_kept):
            return opened
        names = tuple(venues) or tuple(market.venues)
        return self.begun(opened, PastTrades(self._kept(start), market.pair, names, start, self._epoch.start))

    def books(self, opened: Opened, market: Market, venues: Sequence[str], levels: int, start: int) -> Opened:
        """Books, one per second. Raises RequestError."""
        if not start:
            return opened
        names = tuple(venues) or tuple(market.venues)
        return self.begun(opened, PastBooks(self._kept(start), market.pair, names, levels, start, self._epoch.start))

    def begun(self, opened: Opened, past: Past) -> Opened:
        """A channel of one stream: the past, then what the stream reads from."""
        live, overflow = opened
        return PastChannel(live, past, overflow, self._readers.submit), overflow

    def _kept(self, start: int) -> History:
        if self._history is None:
            raise no_history()
        if start >= 2**63:
            raise invalid("start_time_nanos", "is a time in nanoseconds since 1970, below 2^63")
        return self._history

    def stop(self) -> None:
        """Ends the threads that read."""
        self._readers.shutdown(wait=False, cancel_futures=True)
