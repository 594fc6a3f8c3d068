"""The async calls of client/market_data/venue_status.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import types_pb2 as pb

from ..aio_stream import AsyncStream
from ..market_data.venue_status import VenueStatus, get_query, stream_query
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncVenueStatusCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_venue_status(
        self, market: str = ..., *, raw: Literal[False] = ...
    ) -> AsyncStream[VenueStatus[Number]]: ...

    @overload
    def stream_venue_status(self, market: str = ..., *, raw: Literal[True]) -> AsyncStream[pb.VenueStatus]: ...

    def stream_venue_status(self, market: str = "", *, raw: bool = False) -> AsyncStream[Any]:
        """State of every venue of a market, then every change of a state."""
        return self._stream(stream_query(self._scales, market), raw)

    @overload
    async def venue_status(self, market: str = ..., *, raw: Literal[False] = ...) -> VenueStatus[Number]: ...

    @overload
    async def venue_status(self, market: str = ..., *, raw: Literal[True]) -> pb.VenueStatus: ...

    async def venue_status(self, market: str = "", *, raw: bool = False) -> Any:
        """State of every venue of a market now."""
        return await self._ask(get_query(self._scales, market), raw)
