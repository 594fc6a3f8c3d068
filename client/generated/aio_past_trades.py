"""The async calls of client/market_data/past_trades.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import types_pb2 as pb

from ..fields import Names, Time
from ..market_data.past_trades import trade_pages
from ..market_data.trades import Trade
from ..numbers import Number
from ..rows import Rows
from .aio_calls import AsyncCalls


class AsyncPastTradeCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    async def past_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[Trade[Number]]: ...

    @overload
    async def past_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[pb.Trade, ...]: ...

    async def past_trades(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        start: Time | None = None,
        end: Time | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Any:
        """Trades by the venues' clocks, oldest first.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = trade_pages(
            self._scales,
            market,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return await self._pages(pages, raw)
