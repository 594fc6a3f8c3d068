"""Topics of what is computed from books and trades."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from functools import partial

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamSummaryResponse
from orderbook_ext import ConsolidatedView

from ..analytics.candle import Candle, CandleState, Fill
from ..analytics.trade_vwap import TradeVwap
from ..desks.analytics import MarketAnalytics
from ..desks.candles import CandleEvent
from ..desks.recorder import PriceChoice
from ..desks.windows import VwapEvent, WindowChoice
from ..market.consolidated_book import Foreign
from .analytics_messages import candle, coverage, price_averages, trade_vwap, venue_interest
from .epoch import Epoch
from .events import EventTopic
from .qualities import MarketQuality, at_exponent, encoded_status, read_status, withheld
from .topics import BookChoice, Encoding, StateTopic, ViewTopic

SECOND = 1_000_000_000


class SummaryTopic(ViewTopic):
    """StreamSummaryResponse, with the averages of its price."""

    def __init__(
        self,
        mine: MarketAnalytics,
        epoch: Epoch,
        interval: float,
        choice: BookChoice,
        foreign: Sequence[Foreign] = (),
    ) -> None:
        super().__init__(mine.market, epoch, interval, choice, foreign)
        # Averages are of the market's own books: what is converted has another price with every move of the rate.
        wanted = PriceChoice(choice.vwap_levels, choice.venues, choice.dust)
        self._recorder = None if foreign else mine.prices(wanted)

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        decimals = view.vwap_prices()[0]
        averages = price_averages(self._recorder.averages(), decimals) if self._recorder else ()
        # A message that has nothing but these fields is what has to be appended.
        extra = types_pb2.Summary(averages=averages, conversions=self._conversions()).SerializeToString()
        return view.encode_summary(time.time_ns(), monotonic, self._epoch.start, sequence, heartbeat, extra)

    def _withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        summary = types_pb2.Summary(header=header, market=self.market.name, venues=self._hidden(reason))
        return StreamSummaryResponse(summary=summary).SerializeToString()


class AveragesTopic(ViewTopic):
    """StreamAveragesResponse."""

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, interval: float, choice: BookChoice) -> None:
        super().__init__(mine.market, epoch, interval, choice)
        self._recorder = mine.prices(PriceChoice(choice.vwap_levels, choice.venues, choice.dust))

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> Encoding:
        decimals, _, _, price = view.vwap_prices()
        status = encoded_status(view, monotonic, self._epoch.start, sequence, heartbeat)
        return partial(self._written, decimals, price, status)

    def _written(self, decimals: int, price: int | None, payload: bytes) -> bytes:
        status = read_status(payload)
        message = pb.Averages(
            header=status.header,
            market=self.market.name,
            price_exponent=-decimals,
            price=price,
            vwap_levels=self._choice.vwap_levels,
            windows=price_averages(self._recorder.averages(), decimals),
            venues=at_exponent(status, -decimals),
        )
        return pb.StreamAveragesResponse(averages=message).SerializeToString()

    def _withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        averages = pb.Averages(header=header, market=self.market.name, venues=self._hidden(reason))
        return pb.StreamAveragesResponse(averages=averages).SerializeToString()


class TradeVwapTopic(EventTopic[pb.StreamTradeVwapResponse]):
    """StreamTradeVwapResponse: a value for every trade."""

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, choice: WindowChoice) -> None:
        super().__init__(mine.market, epoch, (choice.venue,) if choice.venue else ())
        self._choice = choice
        self._mine = mine
        self._held = mine.windows.shared(choice)
        """Keeps the window alive."""
        self._quality = MarketQuality(mine.market)

    def publish(self, venue: str, event: object, receive_time: int) -> None:  # noqa: ARG002 - the window knows
        """Sends a value of this window."""
        if isinstance(event, VwapEvent) and event.choice == self._choice:
            self._send(self._message(event.value, receive_time, event.exchange_time))

    def _beat(self) -> None:
        message = self._message(self._mine.windows.value(self._choice), 0, 0)
        message.vwap.header.heartbeat = True
        self._send(message)

    def _empty(self) -> pb.StreamTradeVwapResponse:
        """A value of no trades."""
        return pb.StreamTradeVwapResponse(vwap=pb.TradeVwap(market=self.market.name, venue=self._choice.venue))

    def encode_once(self) -> bytes:
        """The value now, as a message of no stream."""
        return self._message(self._mine.windows.value(self._choice), 0, 0).SerializeToString()

    def _message(self, value: TradeVwap, receive_time: int, exchange_time: int) -> pb.StreamTradeVwapResponse:
        made = pb.TradeVwap(
            header=self._header(receive_time, exchange_time), market=self.market.name, venue=self._choice.venue
        )
        trade_vwap(made, value)
        made.venues.extend(self._quality.now(made.vwap_exponent)[1])
        return pb.StreamTradeVwapResponse(vwap=made)

    def _body(self, message: pb.StreamTradeVwapResponse) -> pb.TradeVwap:
        return message.vwap

    def _parse(self, payload: bytes) -> pb.StreamTradeVwapResponse:
        return pb.StreamTradeVwapResponse.FromString(payload)


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


class InterestTopic(StateTopic):
    """StreamOpenInterestResponse."""

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, interval: float) -> None:
        super().__init__(mine.market, epoch, interval)
        self._board = mine.interest
        self._quality = MarketQuality(mine.market)
        self._seen = -1

    def changed(self) -> bool:
        return self._board.version != self._seen

    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:  # noqa: ARG002 - nothing ages here
        self._seen = self._board.version
        known = self._board.all()
        newest = max(known, key=lambda each: each.receive_time, default=None)
        header = types_pb2.Header(
            publish_time_nanos=time.time_ns(),
            epoch=self._epoch.start,
            sequence=sequence,
            heartbeat=heartbeat,
            receive_time_nanos=newest.receive_time if newest else 0,
            exchange_time_nanos=max(0, newest.exchange_time) if newest else 0,
        )
        exponent, qualities = self._quality.now()
        message = pb.OpenInterest(
            header=header,
            market=self.market.name,
            venues=map(venue_interest, known),
            qualities=qualities,
            price_exponent=exponent,
        )
        return pb.StreamOpenInterestResponse(open_interest=message).SerializeToString()

    def _withheld(self, header: types_pb2.Header, reason: str) -> bytes:
        interest = pb.OpenInterest(
            header=header, market=self.market.name, qualities=withheld(self.market.venues, reason)
        )
        return pb.StreamOpenInterestResponse(open_interest=interest).SerializeToString()


def add_quality(message: pb.Candle, quality: MarketQuality) -> None:
    """Adds the quality entries to a candle; one without prices takes their exponent."""
    exponent, entries = quality.now(message.price_exponent if message.HasField("open") else None)
    message.price_exponent = exponent
    message.venues.extend(entries)
