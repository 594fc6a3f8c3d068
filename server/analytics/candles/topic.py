"""The topic of candles."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from decimal import Decimal

from onebook.v1 import analytics_pb2 as pb

from ...publish.epoch import Epoch
from ...publish.event_topic import EventTopic
from ...publish.qualities import MarketQuality
from ..market_analytics import MarketAnalytics
from .candle import Candle, CandleState, Fill
from .message import candle, coverage, encoded_venues
from .runtime import CandleEvent, CandleLoaded, CandleRuntime, candle_source, loaded_source


class CandleTopic(EventTopic[pb.StreamCandlesResponse]):
    """StreamCandlesResponse: candles of one venue, or of all venues together, as they are closed and corrected."""

    def __init__(
        self, mine: MarketAnalytics, epoch: Epoch, venue: str, intervals: Collection[str], fill: Fill, with_open: bool,
        with_loaded: bool = False,
    ) -> None:  # fmt: skip
        """`with_loaded`: also the venue's candles of before the start that candles in progress are made of."""
        super().__init__(mine.market, epoch, (venue,) if venue else ())
        self._venue = venue
        self._intervals = frozenset(intervals)
        self._fill = fill
        self._with_open, self._with_loaded = with_open, with_loaded
        self._settings = mine.settings
        self._candles = mine.get(CandleRuntime).candles
        self._quality = MarketQuality(mine.market)
        self._newest: dict[str, tuple[int, Decimal]] = {}
        """By interval: open time and close of the newest candle with trades, for intervals without."""
        if with_open:
            mine.get(CandleRuntime).open_watchers.add(self)

    @property
    def sources(self) -> tuple[Hashable, ...]:
        makers = (candle_source, loaded_source) if self._with_loaded else (candle_source,)
        return tuple(make(self._venue, name) for make in makers for name in sorted(self._intervals))

    def begin(self) -> None:
        """Looks up the closes that intervals without trades take."""
        for interval in self._settings.intervals:
            if self._fill is Fill.PREVIOUS and interval.name in self._intervals:
                found = self._candles.last_traded(self._venue, interval)
                if found is not None:
                    self._traded(interval.name, *found)

    def _traded(self, interval: str, open_time: int, close: Decimal) -> None:
        # A correction of an older one says nothing of what was traded last.
        if interval not in self._newest or open_time >= self._newest[interval][0]:
            self._newest[interval] = open_time, close

    def publish(self, venue: str, event: object, receive_time: int) -> None:  # noqa: ARG002 - the source says whose
        """Sends a candle, if the stream includes it."""
        assert isinstance(event, CandleEvent | CandleLoaded)
        made = event.candle
        if made.state is CandleState.OPEN and not self._with_open:
            return
        filled = self._filled(made) if isinstance(event, CandleEvent) else made
        if filled is None:
            return
        message = pb.StreamCandlesResponse(
            candle=pb.Candle(header=self._header(receive_time, 0), market=self.market.name, venue=self._venue)
        )
        candle(message.candle, filled)
        coverage(message.candle, self.market, self._candles, filled)
        self._send(message, encoded_venues(message.candle, self._quality))

    def watched(self) -> tuple[str, Collection[str]]:
        """Whose open candles are wanted: venue and intervals."""
        return self._venue, self._intervals

    def _filled(self, made: Candle) -> Candle | None:
        """The candle as this stream has it; None if it has none for an interval without trades."""
        if made.close is not None:
            self._traded(made.interval.name, made.open_time, made.close)
            return made
        if self._fill is Fill.PREVIOUS:
            newest = self._newest.get(made.interval.name)
            return made.filled(newest[1]) if newest is not None else None
        return made if self._fill is Fill.NULL else None

    def _empty(self) -> pb.StreamCandlesResponse:
        """A candle without times."""
        return pb.StreamCandlesResponse(candle=pb.Candle(market=self.market.name, venue=self._venue))

    def _body(self, message: pb.StreamCandlesResponse) -> pb.Candle:
        return message.candle

    def _parse(self, payload: bytes) -> pb.StreamCandlesResponse:
        return pb.StreamCandlesResponse.FromString(payload)
