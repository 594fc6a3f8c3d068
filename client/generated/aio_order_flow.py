"""The async calls of client/analytics/order_flow.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import analytics_pb2 as api

from ..aio_stream import AsyncStream
from ..analytics.order_flow import OrderFlow, get_query, stream_query
from ..fields import Names
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncOrderFlowCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_order_flow(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> AsyncStream[OrderFlow[Number]]: ...

    @overload
    def stream_order_flow(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        min_interval: float = ...,
    ) -> AsyncStream[api.OrderFlow]: ...

    def stream_order_flow(
        self,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        venues: Names = (),
        min_interval: float = 0.0,
    ) -> AsyncStream[Any]:
        """Order flow of the best `levels` a side as in `order_flow`, then every change.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 1 second.
        """
        return self._stream(stream_query(self._scales, market, levels, venues=venues, min_interval=min_interval), raw)

    @overload
    async def order_flow(
        self, market: str = ..., levels: int = ..., *, raw: Literal[False] = ..., venues: Names = ...
    ) -> OrderFlow[Number]: ...

    @overload
    async def order_flow(
        self, market: str = ..., levels: int = ..., *, raw: Literal[True], venues: Names = ...
    ) -> api.OrderFlow: ...

    async def order_flow(self, market: str = "", levels: int = 0, *, raw: bool = False, venues: Names = ()) -> Any:
        """Order flow of the best `levels` a side (1 to 10; 0 is 5) over the server's windows: order-flow imbalance,
        imbalance of the book, and volume of the aggressors, per venue and together; `venues` keeps only these.

        The server counts from the first question on: windows that reach back before it are partial.
        """
        return await self._ask(get_query(self._scales, market, levels, venues=venues), raw)
