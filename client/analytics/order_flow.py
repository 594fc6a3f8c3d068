"""Order flow: what a client reads of it, and the calls that ask for it.

Sizes and flows are in base units, times in integer nanoseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from .. import convert, fields
from ..calls import Calls
from ..fields import Names
from ..message_parts import Header, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..rows import Rows
from ..stream import Stream

__all__ = ["FlowWindow", "OrderFlow", "VenueFlow"]

PPB_EXPONENT = -9


@dataclass(frozen=True, slots=True)
class FlowWindow(Generic[Number]):
    """What happened to the best levels, and who traded, in one window of time."""

    window_nanos: int
    """Length of the window."""
    start_time_nanos: int
    """Events at this time are not part of the window."""
    end_time_nanos: int
    """The newest event or, where nothing happens, the moment of the message."""
    best_level: Number
    """Order-flow imbalance of the best level: the size that came to the best bid or left the best ask, less the size
    that left the best bid or came to the best ask."""
    by_level: tuple[Number, ...]
    """The same for every level by its rank, best first."""
    integrated: Number
    """Sum of `by_level`."""
    updates: int
    """Updates of the books in the sums."""
    coverage_ppm: int
    """Part of the window in which the book was live and followed, in millionths; for all venues, the smallest part."""
    partial: bool
    """Some of the flow is not known: the book was not followed all the time, was withdrawn, or updates were lost."""
    buy_volume: Number
    """Volume of trades whose aggressor bought."""
    sell_volume: Number
    """Volume of trades whose aggressor sold."""
    unknown_volume: Number
    """Volume of trades whose aggressor is not known."""
    volume_delta: Number
    """Cumulative volume delta: `buy_volume` less `sell_volume`."""
    trades: int
    """Trades in the window."""
    trades_partial: bool
    """Trades of the window are known to be missing, or may be."""

    @property
    def window(self) -> float:
        """`window_nanos` in seconds."""
        return self.window_nanos / 1e9

    @property
    def coverage(self) -> float:
        """Part of the window in which the book was live and followed, from 0 to 1."""
        return self.coverage_ppm / 1e6


@dataclass(frozen=True, slots=True)
class VenueFlow(Generic[Number]):
    """Order flow of one venue, or of all venues together."""

    venue: str
    """Name of the venue; empty is all venues together."""
    bid_size: Number | None
    """Sum of the sizes of the best bids now; None while the book is not live."""
    ask_size: Number | None
    """The same for the best asks."""
    imbalance: Number | None
    """(`bid_size` - `ask_size`) / (`bid_size` + `ask_size`) with 9 decimals, from -1 to 1; None without sizes."""
    windows: Rows[FlowWindow[Number]]
    """One entry per configured window, shortest first."""


@dataclass(frozen=True, slots=True)
class OrderFlow(Generic[Number]):
    """Order-flow imbalance, imbalance of the book and volume of the aggressors, now and over the last windows."""

    header: Header
    market: str
    levels: int
    """Levels per side."""
    consolidated: VenueFlow[Number]
    """All venues together: sums of the venues' flows, and sizes of the consolidated book."""
    flows: Rows[VenueFlow[Number]]
    """One entry per venue that lists the market."""
    venues: Rows[VenueQuality[Number]]


def get_query(
    scales: Scales[Number], market: str, levels: int, venues: Names = ()
) -> Query[api.OrderFlow, OrderFlow[Number]]:
    """GetOrderFlow."""
    request = api.GetOrderFlowRequest(market=market, levels=fields.count("levels", levels), venues=fields.names(venues))
    return _query("GetOrderFlow", request, scales)


def stream_query(
    scales: Scales[Number], market: str, levels: int, venues: Names = (), min_interval: float = 0.0
) -> Query[api.OrderFlow, OrderFlow[Number]]:
    """StreamOrderFlow."""
    request = api.StreamOrderFlowRequest(
        market=market,
        levels=fields.count("levels", levels),
        venues=fields.names(venues),
        min_interval_ms=fields.millis("min_interval", min_interval),
    )
    return _query("StreamOrderFlow", request, scales)


def _query(
    method: str, request: api.GetOrderFlowRequest | api.StreamOrderFlowRequest, scales: Scales[Number]
) -> Query[api.OrderFlow, OrderFlow[Number]]:
    name, convert_one = label("order flow", request.market), partial(from_message, scales=scales)
    return answer_query(AnalyticsServiceStub, name, method, request, "order_flow", convert_one)


def from_message(message: api.OrderFlow, scales: Scales[Number]) -> OrderFlow[Number]:
    """The message of the contract as the client has it."""
    price = scales.scale(message.price_exponent)
    return OrderFlow(
        convert.header(message.header),
        message.market,
        message.levels,
        _venue(message.consolidated, scales),
        Rows([_venue(each, scales) for each in message.flows], VenueFlow),
        convert.qualities(message.venues, price),
    )


def _venue(message: api.VenueFlow, scales: Scales[Number]) -> VenueFlow[Number]:
    known = message.HasField("imbalance_ppb")
    return VenueFlow(
        message.venue,
        scales.text(message.bid_size) if message.bid_size else None,
        scales.text(message.ask_size) if message.ask_size else None,
        scales.scale(PPB_EXPONENT)(message.imbalance_ppb) if known else None,
        Rows([_window(each, scales) for each in message.windows], FlowWindow),
    )


def _window(message: api.FlowWindow, scales: Scales[Number]) -> FlowWindow[Number]:
    return FlowWindow(
        window_nanos=message.window_nanos,
        start_time_nanos=message.start_time_nanos,
        end_time_nanos=message.end_time_nanos,
        best_level=scales.text(message.best_level),
        by_level=tuple(map(scales.text, message.by_level)),
        integrated=scales.text(message.integrated),
        updates=message.updates,
        coverage_ppm=message.coverage_ppm,
        partial=message.partial,
        buy_volume=scales.text(message.buy_volume),
        sell_volume=scales.text(message.sell_volume),
        unknown_volume=scales.text(message.unknown_volume),
        volume_delta=scales.text(message.volume_delta),
        trades=message.trades,
        trades_partial=message.trades_partial,
    )


class OrderFlowCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_order_flow(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[OrderFlow[Number]]: ...

    @overload
    def stream_order_flow(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[api.OrderFlow]: ...

    def stream_order_flow(
        self,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        venues: Names = (),
        min_interval: float = 0.0,
    ) -> Stream[Any]:
        """Order flow of the best `levels` a side as in `order_flow`, then every change.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 1 second.
        """
        return self._stream(stream_query(self._scales, market, levels, venues=venues, min_interval=min_interval), raw)

    @overload
    def order_flow(
        self, market: str = ..., levels: int = ..., *, raw: Literal[False] = ..., venues: Names = ...
    ) -> OrderFlow[Number]: ...

    @overload
    def order_flow(
        self, market: str = ..., levels: int = ..., *, raw: Literal[True], venues: Names = ...
    ) -> api.OrderFlow: ...

    def order_flow(self, market: str = "", levels: int = 0, *, raw: bool = False, venues: Names = ()) -> Any:
        """Order flow of the best `levels` a side (1 to 10; 0 is 5) over the server's windows: order-flow imbalance,
        imbalance of the book, and volume of the aggressors, per venue and together; `venues` keeps only these.

        The server counts from the first question on: windows that reach back before it are partial.
        """
        return self._ask(get_query(self._scales, market, levels, venues=venues), raw)
