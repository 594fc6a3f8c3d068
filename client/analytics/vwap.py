"""VWAP of the newest trades: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from .. import convert, fields
from ..calls import Calls
from ..errors import InvalidArgumentError
from ..message_parts import Header, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label, overflow
from ..rows import Rows
from ..stream import Stream

__all__ = ["TradeVwap"]


@dataclass(frozen=True, slots=True)
class TradeVwap(Generic[Number]):
    """Volume-weighted average price of the trades in a sliding window: exact sums, rounded once."""

    header: Header
    market: str
    venue: str
    """Empty is all venues."""
    vwap: Number | None
    """None while the window holds no trade."""
    trades: int
    """Trades in the window: fewer than requested until the server has received that many."""
    volume: Number
    quote_volume: Number
    first_trade_time_nanos: int
    """The venue's time of the oldest trade in the window."""
    last_trade_time_nanos: int
    last_trade_id: str
    has_gap: bool
    """Trades are known to be missing between the oldest and the newest."""
    dropped: int
    """Values of this stream that the server dropped before this one because this client did not keep up."""
    venues: Rows[VenueQuality[Number]]
    """One entry per venue of the market."""


def get_query(
    scales: Scales[Number], market: str, venue: str = "", trades: int | None = None, window: float | None = None
) -> Query[api.TradeVwap, TradeVwap[Number]]:
    """GetTradeVwap."""
    request = api.GetTradeVwapRequest(market=market, venue=venue, **_window(trades, window))
    return _query("GetTradeVwap", request, scales)


def stream_query(
    scales: Scales[Number],
    market: str,
    venue: str = "",
    trades: int | None = None,
    window: float | None = None,
    disconnect_on_overflow: bool = False,
) -> Query[api.TradeVwap, TradeVwap[Number]]:
    """StreamTradeVwap."""
    policy = overflow(disconnect_on_overflow)
    request = api.StreamTradeVwapRequest(market=market, venue=venue, on_overflow=policy, **_window(trades, window))
    return _query("StreamTradeVwap", request, scales)


def _window(trades: int | None, window: float | None) -> dict[str, int]:
    if trades is not None and window is not None:
        raise InvalidArgumentError("trades and window exclude each other", field="window")
    if trades is not None:
        return {"trades": fields.count("trades", trades)}
    return {} if window is None else {"milliseconds": fields.millis("window", window)}


def _query(
    method: str, request: api.GetTradeVwapRequest | api.StreamTradeVwapRequest, scales: Scales[Number]
) -> Query[api.TradeVwap, TradeVwap[Number]]:
    name, convert_one = label("trade VWAP", request.market), partial(from_message, scales=scales)
    return answer_query(AnalyticsServiceStub, name, method, request, "vwap", convert_one, shows_state=False)


def from_message(message: api.TradeVwap, scales: Scales[Number]) -> TradeVwap[Number]:
    """VWAP of the newest trades."""
    return TradeVwap(
        convert.header(message.header),
        message.market,
        message.venue,
        scales.scale(message.vwap_exponent)(message.vwap) if message.HasField("vwap") else None,
        message.trades,
        scales.text(message.volume),
        scales.text(message.quote_volume),
        message.first_trade_time_nanos,
        message.last_trade_time_nanos,
        message.last_trade_id,
        message.has_gap,
        message.dropped,
        convert.qualities(message.venues, scales.scale(message.vwap_exponent)),
    )


class VwapCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
        disconnect_on_overflow: bool = ...,
    ) -> Stream[TradeVwap[Number]]: ...

    @overload
    def stream_trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
        disconnect_on_overflow: bool = ...,
    ) -> Stream[api.TradeVwap]: ...

    def stream_trade_vwap(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        trades: int | None = None,
        window: float | None = None,
        disconnect_on_overflow: bool = False,
    ) -> Stream[Any]:
        """Volume-weighted average price of the newest trades, a new value for every trade.

        The window is the newest `trades` (200 if neither is given), or `window` seconds up to the newest trade; `venue`
        takes one venue's trades. A client that does not keep up loses the oldest values (`TradeVwap.dropped`,
        `Stream.missed`); with `disconnect_on_overflow` the stream ends and reconnects instead.
        """
        return self._stream(
            stream_query(
                self._scales,
                market,
                venue=venue,
                trades=trades,
                window=window,
                disconnect_on_overflow=disconnect_on_overflow,
            ),
            raw,
        )

    @overload
    def trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
    ) -> TradeVwap[Number]: ...

    @overload
    def trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
    ) -> api.TradeVwap: ...

    def trade_vwap(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        trades: int | None = None,
        window: float | None = None,
    ) -> Any:
        """Volume-weighted average price of the newest trades now; options as in `stream_trade_vwap`."""
        return self._ask(get_query(self._scales, market, venue=venue, trades=trades, window=window), raw)
