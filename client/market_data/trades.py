"""Trades and their gaps: messages, requests and calls."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, cast, overload

from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb

from .. import convert, fields
from ..calls import Calls
from ..fields import Names, Time
from ..message_parts import Header, Side
from ..numbers import Number, Scales
from ..query import Query, label, overflow
from ..stream import Stream
from .trade_resume import TradeResume

__all__ = ["Trade", "TradeGap"]

_log = logging.getLogger("onebook.client")


@dataclass(frozen=True, slots=True)
class Trade(Generic[Number]):
    """One trade on one venue. A heartbeat of the trade stream has an empty `trade_id` and zeros."""

    header: Header
    market: str
    venue: str
    trade_id: str
    price: Number
    size: Number
    side: Side
    """Who took liquidity."""
    exchange_time_nanos: int
    receive_time_nanos: int
    dropped: int
    """Events of this stream that the server dropped before this one because this client did not keep up."""


@dataclass(frozen=True, slots=True)
class TradeGap:
    """Trades of one venue that are missing: the server did not get them, and could not have them afterwards."""

    header: Header
    market: str
    venue: str
    after_trade_id: str
    """The venue's id of the last trade before the gap; empty if not known."""
    before_trade_id: str
    """The venue's id of the first trade after the gap; empty for the next trade of this venue."""
    missing: int
    """Number of missing trades; 0 if not known."""
    receive_time_nanos: int
    """When the server found the gap."""
    dropped: int
    """As in `Trade`."""

    def __str__(self) -> str:
        after = f" after {self.after_trade_id}" if self.after_trade_id else ""
        before = f" before {self.before_trade_id}" if self.before_trade_id else ""
        many = f"{self.missing:,} trades are" if self.missing > 1 else "1 trade is" if self.missing else "trades are"
        return f"{self.market} on {self.venue}: {many} missing{after}{before}"


GapHandler = Callable[[TradeGap], None]
"""Called in the thread (or task) that reads the stream, before the first trade behind the gap is handed out."""


class GapReporter:
    """Takes the gaps out of what a stream of trades receives: into the log, and to the handler of the caller."""

    def __init__(self, on_gap: GapHandler | None) -> None:
        self._on_gap = on_gap

    def __call__(self, message: pb.Trade | pb.TradeGap) -> bool:
        """Whether it was a gap, which is then reported."""
        if isinstance(message, pb.Trade):
            return False
        gap = gap_from_message(message)
        _log.warning("%s", gap)
        if self._on_gap is not None:
            self._on_gap(gap)
        return True


def stream_query(
    scales: Scales[Number],
    market: str,
    venues: Names = (),
    disconnect_on_overflow: bool = False,
    on_gap: GapHandler | None = None,
    start: Time | None = None,
) -> Query[pb.Trade | pb.TradeGap, Trade[Number]]:
    """StreamTrades."""
    policy = overflow(disconnect_on_overflow)
    begin = fields.nanos("start", start)
    request = api.StreamTradesRequest(
        market=market, venues=fields.names(venues), on_overflow=policy, start_time_nanos=begin
    )
    return Query(
        label("trades", market),
        "StreamTrades",
        request,
        _trade_or_gap,
        lambda message: from_message(cast(pb.Trade, message), scales),
        shows_state=False,
        filter=GapReporter(on_gap),
        make_resume=TradeResume,
    )


def _trade_or_gap(response: api.StreamTradesResponse) -> pb.Trade | pb.TradeGap:
    return response.gap if response.HasField("gap") else response.trade


def from_message(message: pb.Trade, scales: Scales[Number]) -> Trade[Number]:
    """One trade, or a heartbeat."""
    return Trade(
        convert.header(message.header),
        message.market,
        message.venue,
        message.trade_id,
        scales.scale(message.price_exponent)(message.price),
        scales.scale(message.size_exponent)(message.size),
        Side(message.side),
        message.exchange_time_nanos,
        message.receive_time_nanos,
        message.dropped,
    )


def gap_from_message(message: pb.TradeGap) -> TradeGap:
    """Trades that are missing."""
    return TradeGap(
        header=convert.header(message.header),
        market=message.market,
        venue=message.venue,
        after_trade_id=message.after_trade_id,
        before_trade_id=message.before_trade_id,
        missing=message.missing,
        receive_time_nanos=message.receive_time_nanos,
        dropped=message.dropped,
    )


class TradeCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        disconnect_on_overflow: bool = ...,
        on_gap: GapHandler | None = ...,
        start: Time | None = ...,
    ) -> Stream[Trade[Number]]: ...

    @overload
    def stream_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        disconnect_on_overflow: bool = ...,
        on_gap: GapHandler | None = ...,
        start: Time | None = ...,
    ) -> Stream[pb.Trade]: ...

    def stream_trades(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        disconnect_on_overflow: bool = False,
        on_gap: GapHandler | None = None,
        start: Time | None = None,
    ) -> Stream[Any]:
        """Every trade of a market as it arrives, each once.

        Trades that the server could not have are reported to `on_gap` in their place between the others, and in the
        log. A client that does not keep up loses the oldest (`Trade.dropped`, `Stream.missed`); with
        `disconnect_on_overflow` the stream ends and reconnects instead.

        A stream that was disconnected continues where it ended, as far as the server keeps a history. `start` (a
        datetime or nanoseconds) begins with the trades that the server has received from then on; raises
        FailedPreconditionError where it keeps no history.
        """
        return self._stream(
            stream_query(
                self._scales,
                market,
                venues=venues,
                disconnect_on_overflow=disconnect_on_overflow,
                on_gap=on_gap,
                start=start,
            ),
            raw,
        )
