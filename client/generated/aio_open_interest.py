"""The async calls of client/analytics/open_interest.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import analytics_pb2 as api

from ..aio_stream import AsyncStream
from ..analytics.open_interest import OpenInterest, get_query, stream_query
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncOpenInterestCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_open_interest(
        self, market: str = ..., *, raw: Literal[False] = ...
    ) -> AsyncStream[OpenInterest[Number]]: ...

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[True]) -> AsyncStream[api.OpenInterest]: ...

    def stream_open_interest(self, market: str = "", *, raw: bool = False) -> AsyncStream[Any]:
        """Newest open interest of every venue with contracts on this market, then every change."""
        return self._stream(stream_query(self._scales, market), raw)

    @overload
    async def open_interest(self, market: str = ..., *, raw: Literal[False] = ...) -> OpenInterest[Number]: ...

    @overload
    async def open_interest(self, market: str = ..., *, raw: Literal[True]) -> api.OpenInterest: ...

    async def open_interest(self, market: str = "", *, raw: bool = False) -> Any:
        """Newest open interest of every venue with contracts on this market."""
        return await self._ask(get_query(self._scales, market), raw)
