"""The async calls of client/analytics/averages.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import analytics_pb2 as api

from .. import fields
from ..aio_stream import AsyncStream
from ..analytics.averages import Averages, get_query, stream_query
from ..fields import Names
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncAveragesCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

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
    ) -> AsyncStream[Averages[Number]]: ...

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
    ) -> AsyncStream[api.Averages]: ...

    def stream_averages(
        self,
        market: str = "",
        vwap_levels: int = 0,
        *,
        raw: bool = False,
        levels: int = 0,
        venues: Names = (),
        min_interval: float = 0.0,
    ) -> AsyncStream[Any]:
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
    async def averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
    ) -> Averages[Number]: ...

    @overload
    async def averages(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], levels: int = ..., venues: Names = ...
    ) -> api.Averages: ...

    async def averages(
        self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, levels: int = 0, venues: Names = ()
    ) -> Any:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20) now; `levels` is another name of it."""
        return await self._ask(get_query(self._scales, market, fields.one_of(vwap_levels, levels), venues=venues), raw)
