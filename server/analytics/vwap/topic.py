"""The topic of a trade VWAP."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction

from onebook.v1 import analytics_pb2 as pb

from ...publish.epoch import Epoch
from ...publish.event_topic import EventTopic
from ...publish.qualities import MarketQuality, with_fields
from ..market_analytics import MarketAnalytics
from ..numbers import rounded, text
from .compute import TradeVwap
from .runtime import VwapEvent, VwapRuntime, WindowChoice


class TradeVwapTopic(EventTopic[pb.StreamTradeVwapResponse]):
    """StreamTradeVwapResponse: a value for every trade."""

    def __init__(self, mine: MarketAnalytics, epoch: Epoch, choice: WindowChoice) -> None:
        super().__init__(mine.market, epoch, (choice.venue,) if choice.venue else ())
        self._choice = choice
        self._windows = mine.get(VwapRuntime).windows
        self._held = self._windows.shared(choice)
        """Keeps the window alive."""
        self._quality = MarketQuality(mine.market)

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return (self._choice,)

    def publish(self, venue: str, event: object, receive_time: int) -> None:  # noqa: ARG002 - the window knows
        """Sends a value of this window."""
        assert isinstance(event, VwapEvent)
        self._send(*self._message(event.value, receive_time, event.exchange_time))

    def _beat(self) -> None:
        message, venues = self._message(self._windows.value(self._choice), 0, 0)
        message.vwap.header.heartbeat = True
        self._send(message, venues)

    def _empty(self) -> pb.StreamTradeVwapResponse:
        """A value of no trades."""
        return pb.StreamTradeVwapResponse(vwap=pb.TradeVwap(market=self.market.name, venue=self._choice.venue))

    def encode_once(self) -> bytes:
        """The value now, as a message of no stream."""
        message, venues = self._message(self._windows.value(self._choice), 0, 0)
        return with_fields(message.SerializeToString(), venues)

    def _message(
        self, value: TradeVwap, receive_time: int, exchange_time: int
    ) -> tuple[pb.StreamTradeVwapResponse, bytes]:
        made = pb.TradeVwap(
            header=self._header(receive_time, exchange_time), market=self.market.name, venue=self._choice.venue
        )
        trade_vwap(made, value)
        _, venues = self._quality.encoded(pb.TradeVwap.VENUES_FIELD_NUMBER, made.vwap_exponent)
        return pb.StreamTradeVwapResponse(vwap=made), venues

    def _body(self, message: pb.StreamTradeVwapResponse) -> pb.TradeVwap:
        return message.vwap

    def _parse(self, payload: bytes) -> pb.StreamTradeVwapResponse:
        return pb.StreamTradeVwapResponse.FromString(payload)


def trade_vwap(message: pb.TradeVwap, value: TradeVwap) -> None:
    """Fills in a value."""
    if value.vwap is not None:
        message.vwap, message.vwap_exponent = rounded(Fraction(value.vwap))
    message.trades = value.trades
    message.volume, message.quote_volume = text(value.volume), text(value.quote_volume)
    message.first_trade_time_nanos, message.last_trade_time_nanos = max(0, value.first_time), max(0, value.last_time)
    message.last_trade_id = value.last_id
    message.has_gap = value.has_gap
