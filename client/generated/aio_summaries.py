"""The async calls of client/market_data/summaries.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import types_pb2 as pb

from .. import fields
from ..aio_stream import AsyncStream
from ..fields import Exact, Names
from ..market_data.summaries import Summary, get_query, stream_query
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncSummaryCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_summary(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
    ) -> AsyncStream[Summary[Number]]: ...

    @overload
    def stream_summary(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[True],
        levels: int = ...,
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
    ) -> AsyncStream[pb.Summary]: ...

    def stream_summary(
        self,
        market: str = "",
        vwap_levels: int = 0,
        *,
        raw: bool = False,
        levels: int = 0,
        venues: Names = (),
        dust: Exact | None = None,
        quote_currencies: Names = (),
        min_interval: float = 0.0,
    ) -> AsyncStream[Any]:
        """Best bid and ask, spread, mid and VWAPs over `vwap_levels` a side (0 is 20), then every change.

        `levels` is another name of `vwap_levels`. Options as in `stream_book`.
        """
        return self._stream(
            stream_query(
                self._scales,
                market,
                fields.one_of(vwap_levels, levels),
                venues=venues,
                dust=dust,
                quote_currencies=quote_currencies,
                min_interval=min_interval,
            ),
            raw,
        )

    @overload
    async def summary(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
    ) -> Summary[Number]: ...

    @overload
    async def summary(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[True],
        levels: int = ...,
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
    ) -> pb.Summary: ...

    async def summary(
        self,
        market: str = "",
        vwap_levels: int = 0,
        *,
        raw: bool = False,
        levels: int = 0,
        venues: Names = (),
        dust: Exact | None = None,
        quote_currencies: Names = (),
    ) -> Any:
        """Best bid and ask, spread, mid and VWAPs now; options as in `stream_summary`."""
        return await self._ask(
            get_query(
                self._scales,
                market,
                fields.one_of(vwap_levels, levels),
                venues=venues,
                dust=dust,
                quote_currencies=quote_currencies,
            ),
            raw,
        )
