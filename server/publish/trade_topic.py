"""The stream of trades, and of the gaps between them."""

from __future__ import annotations

from collections.abc import Hashable

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2

from ..market.market import Market
from ..model import Trade, TradeGap
from .epoch import Epoch
from .event_topic import EventTopic, scaled

TRADES = "trades"
"""The source of trades and gaps of all venues."""


class TradeTopic(EventTopic[pb.StreamTradesResponse]):
    """StreamTradesResponse: every trade, and every gap between trades."""

    def __init__(self, market: Market, epoch: Epoch, venues: tuple[str, ...]) -> None:
        super().__init__(market, epoch, venues)
        self._last: dict[str, str] = {}
        """By venue: the id of the newest trade here."""

    @property
    def sources(self) -> tuple[Hashable, ...]:
        return (TRADES,)

    def publish(self, venue: str, event: object, receive_time: int) -> None:
        """Encodes and publishes a trade or a gap, if the topic includes its venue."""
        if not self.wants(venue):
            return
        if isinstance(event, Trade):
            self._send(self._trade(venue, event, receive_time))
            self._last[venue] = event.trade_id
        elif isinstance(event, TradeGap):
            self._send(self._gap(venue, event, receive_time))

    def _empty(self) -> pb.StreamTradesResponse:
        """A trade without price, size and id."""
        return pb.StreamTradesResponse(trade=types_pb2.Trade(market=self.market.name))

    def lost(self, venue: str, receive_time: int) -> None:
        """A gap in its place."""
        self.publish(venue, TradeGap("", "", 1), receive_time)

    def _trade(self, venue: str, trade: Trade, receive_time: int) -> pb.StreamTradesResponse:
        price, price_exponent = scaled(trade.price)
        size, size_exponent = scaled(trade.size)
        message = types_pb2.Trade(
            header=self._header(receive_time, trade.exchange_time),
            market=self.market.name,
            venue=venue,
            trade_id=trade.trade_id,
            price_exponent=price_exponent,
            size_exponent=size_exponent,
            price=price,
            size=size,
            side=types_pb2.AggressorSide.ValueType(trade.side),
            exchange_time_nanos=trade.exchange_time,
            receive_time_nanos=receive_time,
        )
        return pb.StreamTradesResponse(trade=message)

    def _gap(self, venue: str, gap: TradeGap, receive_time: int) -> pb.StreamTradesResponse:
        message = types_pb2.TradeGap(
            header=self._header(receive_time, 0),
            market=self.market.name,
            venue=venue,
            after_trade_id=gap.after_id or self._last.get(venue, ""),
            before_trade_id=gap.before_id,
            missing=gap.missing,
            receive_time_nanos=receive_time,
        )
        return pb.StreamTradesResponse(gap=message)

    def _body(self, message: pb.StreamTradesResponse) -> types_pb2.Trade | types_pb2.TradeGap:
        return message.gap if message.HasField("gap") else message.trade

    def _parse(self, payload: bytes) -> pb.StreamTradesResponse:
        return pb.StreamTradesResponse.FromString(payload)
