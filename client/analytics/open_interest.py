"""Open interest of a market: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from .. import convert
from ..calls import Calls
from ..message_parts import Header, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..rows import Rows
from ..stream import Stream

__all__ = ["OpenInterest", "VenueInterest"]


@dataclass(frozen=True, slots=True)
class VenueInterest(Generic[Number]):
    """Open interest of one venue."""

    venue: str
    value: Number
    """In base units."""
    exchange_time_nanos: int
    """The venue's time of the value; 0 if the venue sends no time."""
    receive_time_nanos: int
    """When the server received the value."""


@dataclass(frozen=True, slots=True)
class OpenInterest(Generic[Number]):
    """Contracts that are open on one market."""

    header: Header
    market: str
    venues: Rows[VenueInterest[Number]]
    """One entry per venue whose open interest is known."""
    qualities: Rows[VenueQuality[Number]]
    """One entry per venue of the market."""


def get_query(scales: Scales[Number], market: str) -> Query[api.OpenInterest, OpenInterest[Number]]:
    """GetOpenInterest."""
    request = api.GetOpenInterestRequest(market=market)
    return _query("GetOpenInterest", request, scales)


def stream_query(scales: Scales[Number], market: str) -> Query[api.OpenInterest, OpenInterest[Number]]:
    """StreamOpenInterest."""
    request = api.StreamOpenInterestRequest(market=market)
    return _query("StreamOpenInterest", request, scales)


def _query(
    method: str, request: api.GetOpenInterestRequest | api.StreamOpenInterestRequest, scales: Scales[Number]
) -> Query[api.OpenInterest, OpenInterest[Number]]:
    name, convert_one = label("open interest", request.market), partial(from_message, scales=scales)
    return answer_query(AnalyticsServiceStub, name, method, request, "open_interest", convert_one)


def from_message(message: api.OpenInterest, scales: Scales[Number]) -> OpenInterest[Number]:
    """Open interest of every venue."""
    venues = [
        VenueInterest(each.venue, scales.text(each.value), each.exchange_time_nanos, each.receive_time_nanos)
        for each in message.venues
    ]
    qualities = convert.qualities(message.qualities, scales.scale(message.price_exponent))
    return OpenInterest(convert.header(message.header), message.market, Rows(venues, VenueInterest), qualities)


class OpenInterestCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[False] = ...) -> Stream[OpenInterest[Number]]: ...

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[True]) -> Stream[api.OpenInterest]: ...

    def stream_open_interest(self, market: str = "", *, raw: bool = False) -> Stream[Any]:
        """Newest open interest of every venue with contracts on this market, then every change."""
        return self._stream(stream_query(self._scales, market), raw)

    @overload
    def open_interest(self, market: str = ..., *, raw: Literal[False] = ...) -> OpenInterest[Number]: ...

    @overload
    def open_interest(self, market: str = ..., *, raw: Literal[True]) -> api.OpenInterest: ...

    def open_interest(self, market: str = "", *, raw: bool = False) -> Any:
        """Newest open interest of every venue with contracts on this market."""
        return self._ask(get_query(self._scales, market), raw)
