"""The async calls of client/analytics/vwap.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import analytics_pb2 as api

from ..aio_stream import AsyncStream
from ..analytics.vwap import TradeVwap, get_query, stream_query
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncVwapCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

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
    ) -> AsyncStream[TradeVwap[Number]]: ...

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
    ) -> AsyncStream[api.TradeVwap]: ...

    def stream_trade_vwap(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        trades: int | None = None,
        window: float | None = None,
        disconnect_on_overflow: bool = False,
    ) -> AsyncStream[Any]:
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
    async def trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
    ) -> TradeVwap[Number]: ...

    @overload
    async def trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
    ) -> api.TradeVwap: ...

    async def trade_vwap(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        trades: int | None = None,
        window: float | None = None,
    ) -> Any:
        """Volume-weighted average price of the newest trades now; options as in `stream_trade_vwap`."""
        return await self._ask(get_query(self._scales, market, venue=venue, trades=trades, window=window), raw)
