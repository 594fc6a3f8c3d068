"""The async calls of client/analytics/candles.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import analytics_pb2 as api

from ..aio_stream import AsyncStream
from ..analytics.candles import (
    Candle,
    Fill,
    get_pages,
    stream_query,
)
from ..fields import Names, Time
from ..numbers import Number
from ..rows import Rows
from .aio_calls import AsyncCalls


class AsyncCandleCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_candles(
        self,
        market: str = ...,
        intervals: Names = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        disconnect_on_overflow: bool = ...,
        start: Time | None = ...,
    ) -> AsyncStream[Candle[Number]]: ...

    @overload
    def stream_candles(
        self,
        market: str = ...,
        intervals: Names = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        disconnect_on_overflow: bool = ...,
        start: Time | None = ...,
    ) -> AsyncStream[api.Candle]: ...

    def stream_candles(
        self,
        market: str = "",
        intervals: Names = (),
        *,
        raw: bool = False,
        venue: str = "",
        fill: Fill = "none",
        include_open: bool = False,
        disconnect_on_overflow: bool = False,
        start: Time | None = None,
    ) -> AsyncStream[Any]:
        """Every candle of these intervals when it closes, and again with a higher revision whenever it is corrected.

        None is 1m; a single interval may stand alone. `venue` takes one venue's candles; `fill` says what stands for
        intervals without trades ("none", "previous" or "null"). With `include_open` the candle in progress comes too,
        at most once a second. Overflow as in `stream_trade_vwap`.

        A stream that was disconnected continues where it ended: candles that closed meanwhile come first. `start` (a
        datetime or nanoseconds) begins with the closed candles that open from then on, as far as the server has them.
        """
        return self._stream(
            stream_query(
                self._scales,
                market,
                intervals,
                venue=venue,
                fill=fill,
                include_open=include_open,
                disconnect_on_overflow=disconnect_on_overflow,
                start=start,
            ),
            raw,
        )

    @overload
    async def candles(
        self,
        market: str = ...,
        interval: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        page_size: int = ...,
    ) -> Rows[Candle[Number]]: ...

    @overload
    async def candles(
        self,
        market: str = ...,
        interval: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        page_size: int = ...,
    ) -> tuple[api.Candle, ...]: ...

    async def candles(
        self,
        market: str = "",
        interval: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        start: Time | None = None,
        end: Time | None = None,
        fill: Fill = "none",
        include_open: bool = False,
        page_size: int = 0,
    ) -> Any:
        """Candles that the server has, oldest first, all pages of them; an empty interval is 1m.

        `venue` takes one venue's candles; `start` and `end` are datetimes or nanoseconds, and say when candles open;
        `fill` says what stands for intervals without trades; `include_open` adds the candle in progress; `page_size` is
        the number of candles of one call to the server (0 is the server's own).
        """
        pages = get_pages(
            self._scales,
            market,
            interval,
            venue=venue,
            start=start,
            end=end,
            fill=fill,
            include_open=include_open,
            page_size=page_size,
        )
        return await self._pages(pages, raw)
