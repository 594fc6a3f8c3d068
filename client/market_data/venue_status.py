"""State of the venues of a market: message, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub

from .. import convert
from ..calls import Calls
from ..message_parts import Header, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..rows import Rows
from ..stream import Stream

__all__ = ["VenueStatus"]


@dataclass(frozen=True, slots=True)
class VenueStatus(Generic[Number]):
    """The state of every venue of one market."""

    header: Header
    market: str
    venues: Rows[VenueQuality[Number]]

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose book is live."""
        return tuple(quality.name for quality in self.venues if quality.live)


def get_query(scales: Scales[Number], market: str) -> Query[pb.VenueStatus, VenueStatus[Number]]:
    """GetVenueStatus."""
    return _query("GetVenueStatus", api.GetVenueStatusRequest(market=market), scales)


def stream_query(scales: Scales[Number], market: str) -> Query[pb.VenueStatus, VenueStatus[Number]]:
    """StreamVenueStatus."""
    return _query("StreamVenueStatus", api.StreamVenueStatusRequest(market=market), scales)


def _query(
    method: str, request: api.GetVenueStatusRequest | api.StreamVenueStatusRequest, scales: Scales[Number]
) -> Query[pb.VenueStatus, VenueStatus[Number]]:
    name, convert_one = label("venue status", request.market), partial(from_message, scales=scales)
    return answer_query(MarketDataServiceStub, name, method, request, "status", convert_one)


def from_message(message: pb.VenueStatus, scales: Scales[Number]) -> VenueStatus[Number]:
    """The states of a market's venues."""
    price = scales.scale(message.price_exponent)
    return VenueStatus(convert.header(message.header), message.market, convert.qualities(message.venues, price))


class VenueStatusCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_venue_status(self, market: str = ..., *, raw: Literal[False] = ...) -> Stream[VenueStatus[Number]]: ...

    @overload
    def stream_venue_status(self, market: str = ..., *, raw: Literal[True]) -> Stream[pb.VenueStatus]: ...

    def stream_venue_status(self, market: str = "", *, raw: bool = False) -> Stream[Any]:
        """State of every venue of a market, then every change of a state."""
        return self._stream(stream_query(self._scales, market), raw)

    @overload
    def venue_status(self, market: str = ..., *, raw: Literal[False] = ...) -> VenueStatus[Number]: ...

    @overload
    def venue_status(self, market: str = ..., *, raw: Literal[True]) -> pb.VenueStatus: ...

    def venue_status(self, market: str = "", *, raw: bool = False) -> Any:
        """State of every venue of a market now."""
        return self._ask(get_query(self._scales, market), raw)
