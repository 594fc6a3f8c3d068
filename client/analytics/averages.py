"""Averages of the book VWAP price over windows of time: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from .. import convert, fields
from ..calls import Calls
from ..fields import Names
from ..message_parts import Header, PriceAverage, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..rows import Rows
from ..stream import Stream

__all__ = ["Averages"]


@dataclass(frozen=True, slots=True)
class Averages(Generic[Number]):
    """Averages of (bid VWAP + ask VWAP) / 2 over windows that end now."""

    header: Header
    market: str
    price: Number | None
    """The price now; None while a side is empty."""
    vwap_levels: int
    """Levels per side of the VWAPs."""
    windows: Rows[PriceAverage[Number]]
    """One entry per configured window, shortest first."""
    venues: Rows[VenueQuality[Number]]


def get_query(
    scales: Scales[Number], market: str, levels: int, venues: Names = ()
) -> Query[api.Averages, Averages[Number]]:
    """GetAverages."""
    request = api.GetAveragesRequest(
        market=market, vwap_levels=fields.count("vwap_levels", levels), venues=fields.names(venues)
    )
    return _query("GetAverages", request, scales)


def stream_query(
    scales: Scales[Number], market: str, levels: int, venues: Names = (), min_interval: float = 0.0
) -> Query[api.Averages, Averages[Number]]:
    """StreamAverages."""
    request = api.StreamAveragesRequest(
        market=market,
        vwap_levels=fields.count("vwap_levels", levels),
        venues=fields.names(venues),
        min_interval_ms=fields.millis("min_interval", min_interval),
    )
    return _query("StreamAverages", request, scales)


def _query(
    method: str, request: api.GetAveragesRequest | api.StreamAveragesRequest, scales: Scales[Number]
) -> Query[api.Averages, Averages[Number]]:
    name, convert_one = label("averages", request.market), partial(from_message, scales=scales)
    return answer_query(AnalyticsServiceStub, name, method, request, "averages", convert_one)


def from_message(message: api.Averages, scales: Scales[Number]) -> Averages[Number]:
    """Averages of the book VWAP price."""
    price = scales.scale(message.price_exponent)
    return Averages(
        convert.header(message.header),
        message.market,
        price(message.price) if message.HasField("price") else None,
        message.vwap_levels,
        Rows([convert.average(window, price) for window in message.windows], PriceAverage),
        convert.qualities(message.venues, price),
    )


class AveragesCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[Averages[Number]]: ...

    @overload
    def stream_averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[True],
        levels: int = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[api.Averages]: ...

    def stream_averages(
        self,
        market: str = "",
        vwap_levels: int = 0,
        *,
        raw: bool = False,
        levels: int = 0,
        venues: Names = (),
        min_interval: float = 0.0,
    ) -> Stream[Any]:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20), then every change.

        `levels` is another name of `vwap_levels`; `venues` keeps only these venues; `min_interval` is the shortest time
        between two messages in seconds; 0 is the server's own, 1 second.
        """
        return self._stream(
            stream_query(
                self._scales, market, fields.one_of(vwap_levels, levels), venues=venues, min_interval=min_interval
            ),
            raw,
        )

    @overload
    def averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
    ) -> Averages[Number]: ...

    @overload
    def averages(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], levels: int = ..., venues: Names = ...
    ) -> api.Averages: ...

    def averages(
        self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, levels: int = 0, venues: Names = ()
    ) -> Any:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20) now; `levels` is another name of it."""
        return self._ask(get_query(self._scales, market, fields.one_of(vwap_levels, levels), venues=venues), raw)
