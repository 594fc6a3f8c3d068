"""The candles that a stream of candles begins with."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2

from ... import clock
from ...market.market import Market
from ...publish.epoch import Epoch
from ...publish.past_channel import PastError, PastMessage
from ...request_errors import RequestError
from ...units import SECOND
from ..intervals import Interval
from .aggregator import CandleAggregator
from .candle import Candle, Fill
from .kept import KeptCandles
from .message import candle, coverage

LATEST_CORRECTION = 7200 * SECOND
"""Nanoseconds in which a candle may still be corrected while the past is read; of an interval that is longer: its
last two candles."""


class CandlesBefore:
    """See publish.past_channel.Past: closed candles of some intervals, oldest first."""

    LATE: int = LATEST_CORRECTION
    conflates = False

    def __init__(
        self,
        market: Market,
        venue: str,
        intervals: Sequence[Interval],
        fill: Fill,
        kept: KeptCandles,
        candles: CandleAggregator,
        start: int,
        epoch: Epoch,
    ) -> None:
        """`start`: open times from here on, nanoseconds UTC."""
        self._market, self._venue, self._fill, self._epoch = market, venue, fill, epoch
        self._kept, self._candles = kept, candles
        self._start = start
        self._next = dict.fromkeys(intervals, start)

    def begin(self) -> list[bytes]:
        """A heartbeat: the past begins."""
        empty = pb.Candle(header=self._header(heartbeat=True), market=self._market.name, venue=self._venue)
        return [pb.StreamCandlesResponse(candle=empty).SerializeToString()]

    def read(self, limit: int) -> list[PastMessage]:
        """Candles by the time at which they opened."""
        now = clock.time_ns()
        try:
            parts = {
                interval: self._kept.candles(self._venue, interval, start, now, limit, self._fill, False)
                for interval, start in self._next.items()
            }
        except RequestError as error:
            raise PastError(error.message) from error
        # Behind the end of a full part its interval is not known yet.
        edge = min((part[-1].open_time for part in parts.values() if len(part) == limit), default=now)
        shown = list(heapq.merge(*parts.values(), key=_opened))
        shown = [made for made in shown if made.open_time <= edge]
        for made in shown:
            self._next[made.interval] = made.open_time + 1
        return [self._message(made) for made in shown]

    def settle(self) -> bool:
        """Candles in memory can be read at once. What was corrected meanwhile is read again."""
        now = clock.time_ns()
        for interval in self._next:
            before = interval.open(interval.number(now) - 2)
            self._next[interval] = max(self._start, min(before, now - LATEST_CORRECTION))
        return True

    def unsettled(self) -> list[bytes]:
        """Nothing can be missing."""
        return []

    def key_of(self, payload: bytes) -> Hashable | None:
        """Interval, open time and revision of a closed candle."""
        made = pb.StreamCandlesResponse.FromString(payload).candle
        if not made.open_time_nanos or made.state == pb.CANDLE_STATE_OPEN:
            return None
        return made.interval, made.open_time_nanos, made.revision

    def _message(self, made: Candle) -> PastMessage:
        message = pb.Candle(header=self._header(), market=self._market.name, venue=self._venue)
        candle(message, made)
        coverage(message, self._market, self._candles, made)
        payload = pb.StreamCandlesResponse(candle=message).SerializeToString()
        return PastMessage((made.interval.name, made.open_time, made.revision), made.open_time, payload)

    def _header(self, *, heartbeat: bool = False) -> types_pb2.Header:
        now = clock.time_ns()
        return types_pb2.Header(publish_time_nanos=now, epoch=self._epoch.start, heartbeat=heartbeat, past=True)


def _opened(made: Candle) -> int:
    return made.open_time
