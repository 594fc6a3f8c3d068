"""The topic of candles."""

from __future__ import annotations

import time
from collections.abc import Collection

from onebook.v1 import analytics_pb2 as pb

from ...publish.epoch import Epoch
from ...publish.event_topic import EventTopic
from ...publish.qualities import MarketQuality
from ..engine import MarketAnalytics
from .candle import Candle, CandleState, Fill
from .message import add_quality, candle, coverage
from .runtime import CandleEvent


class CandleTopic(EventTopic[pb.StreamCandlesResponse]):
    """StreamCandlesResponse: candles of one venue, or of all venues together, as they are closed and corrected."""

    def __init__(
        self, mine: MarketAnalytics, epoch: Epoch, venue: str, intervals: Collection[str], fill: Fill, with_open: bool
    ) -> None:
        super().__init__(mine.market, epoch, (venue,) if venue else ())
        self._venue = venue
        self._intervals = frozenset(intervals)
        self._fill = fill
        self._with_open = with_open
        self._mine = mine
        self._quality = MarketQuality(mine.market)
        self._newest: dict[str, Candle] = {}
        """By interval: the newest candle with trades, whose close intervals without trades take."""
        for interval in mine.settings.intervals:
            if fill is Fill.PREVIOUS and interval.name in self._intervals:
                newest = mine.candles.candles(venue, interval, 0, time.time_ns(), 1_000_000, Fill.NONE, False)
                if newest:
                    self._newest[interval.name] = newest[-1]
        if with_open:
            mine.open_watchers.add(self)

    def publish(self, venue: str, event: object, receive_time: int) -> None:
        """Sends a candle, if it is one of those asked for."""
        if not isinstance(event, CandleEvent) or venue != self._venue:
            return
        made = event.candle
        if made.interval.name not in self._intervals or (made.state is CandleState.OPEN and not self._with_open):
            return
        filled = self._filled(made)
        if filled is None:
            return
        message = pb.StreamCandlesResponse(
            candle=pb.Candle(header=self._header(receive_time, 0), market=self.market.name, venue=self._venue)
        )
        candle(message.candle, filled)
        coverage(message.candle, self.market, self._mine.candles, filled)
        add_quality(message.candle, self._quality)
        self._send(message)

    def watched(self) -> tuple[str, Collection[str]]:
        """Whose open candles are wanted: venue and intervals."""
        return self._venue, self._intervals

    def _filled(self, made: Candle) -> Candle | None:
        """The candle as this stream has it; None if it has none for an interval without trades."""
        newest = self._newest.get(made.interval.name)
        if not made.empty:
            # A correction of an older one says nothing of what was traded last.
            if newest is None or made.open_time >= newest.open_time:
                self._newest[made.interval.name] = made
            return made
        if self._fill is Fill.PREVIOUS:
            return made.filled(newest.close) if newest is not None else None
        return made if self._fill is Fill.NULL else None

    def _empty(self) -> pb.StreamCandlesResponse:
        """A candle without times."""
        return pb.StreamCandlesResponse(candle=pb.Candle(market=self.market.name, venue=self._venue))

    def _body(self, message: pb.StreamCandlesResponse) -> pb.Candle:
        return message.candle

    def _parse(self, payload: bytes) -> pb.StreamCandlesResponse:
        return pb.StreamCandlesResponse.FromString(payload)
