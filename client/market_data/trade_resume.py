"""Where a stream of trades that was disconnected continues: a little before the last trade, without a trade twice."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from onebook.v1 import types_pb2 as pb

from ..resume import started
from ..times import SECOND

OVERLAP = 15 * SECOND
"""The server hands on trades of several connections: what it received earlier may come a little later."""
REMEMBERED = 30 * SECOND
"""Trades that were received in so much time before the last one are recognized."""
MOST = 50_000
"""Trades that are remembered at most."""


class TradeResume:
    """See `resume.Resume`. Trades and gaps by the server's time of their receipt."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._seen: dict[Hashable, int] = {}
        """Times of receipt, in the order in which the trades came."""
        self._last: Hashable = None
        self._last_time = 0
        self._forgotten = 0
        """Time of receipt of the newest trade that is not remembered any more."""
        self._opened_at = 0
        """The server's time when the stream became live, where no trade has come since."""
        self._awaited: Hashable = None
        self.since_nanos = 0

    @property
    def reached(self) -> bool:
        """The last trade before came again."""
        return self._awaited is None

    def request(self) -> Any:
        """From a little before the last trade on; where none has come, from when the stream became live."""
        if self._last is None and (self._request.start_time_nanos or not self._opened_at):
            return self._request
        self.since_nanos = self._opened_at
        if self._last is not None:
            self._awaited = self._last
            self.since_nanos = self._last_time - OVERLAP
            if self._forgotten <= self._last_time:  # else the server's clock was set back
                self.since_nanos = max(self.since_nanos, self._forgotten + 1)
        made = started(self._request, max(self.since_nanos, 1))
        made.start_if_kept = True
        return made

    def take(self, message: Any) -> bool:
        """A trade or a gap; heartbeats are new."""
        if isinstance(message, pb.TradeGap):
            key: Hashable = (message.venue, message.receive_time_nanos, message.before_trade_id)
        elif message.trade_id:
            time = message.exchange_time_nanos or message.receive_time_nanos
            key = (message.venue, time, message.trade_id)
        else:
            header = message.header
            if not self._opened_at and not header.past:
                self._opened_at = header.publish_time_nanos
            return True
        if key == self._awaited:
            self._awaited = None
        if key in self._seen:
            return False
        self._seen[key] = self._last_time = message.receive_time_nanos
        self._last = key
        self._forget()
        return True

    def _forget(self) -> None:
        edge = self._last_time - REMEMBERED
        while len(self._seen) > MOST or (next(iter(self._seen.values())) < edge):
            oldest = next(iter(self._seen))
            self._forgotten = max(self._forgotten, self._seen.pop(oldest))
