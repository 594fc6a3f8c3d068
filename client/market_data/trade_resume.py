"""Where a stream of trades that was disconnected continues: a little before the last trade, without a trade twice."""

from __future__ import annotations

from collections import OrderedDict
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
        self._seen: OrderedDict[Hashable, int] = OrderedDict()
        """Times of receipt, in the order in which the trades came. Of a plain dict the oldest one is slow to find."""
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
        if not self._last_time and (self._request.start_time_nanos or not self._opened_at):
            return self._request
        self._awaited, self.since_nanos = self._last, self._opened_at
        if self._last_time:
            self.since_nanos = self._last_time - OVERLAP
            if self._forgotten <= self._last_time:  # else the server's clock was set back
                self.since_nanos = max(self.since_nanos, self._forgotten + 1)
        made = started(self._request, max(self.since_nanos, 1))
        made.start_if_kept = True
        return made

    def take(self, message: Any) -> bool:
        """A trade or a gap; heartbeats are new."""
        received = message.receive_time_nanos
        is_trade = isinstance(message, pb.Trade)
        if is_trade:
            name = message.trade_id
            if not name:
                self._note_live(message.header)
                return True
            key: Hashable = (message.venue, message.exchange_time_nanos or received, name)
        else:
            key = (message.venue, received, message.before_trade_id)
        if key == self._awaited:
            self._awaited = None
        seen = self._seen
        if key in seen:
            return False
        seen[key] = self._last_time = received
        if is_trade:
            self._last = key  # not a gap: the history does not have those that say that it cannot be read
        edge = received - REMEMBERED
        while len(seen) > MOST or next(iter(seen.values())) < edge:
            self._forgotten = max(self._forgotten, seen.popitem(last=False)[1])
        return True

    def _note_live(self, header: pb.Header) -> None:
        if not self._opened_at and not header.past:
            self._opened_at = header.publish_time_nanos
