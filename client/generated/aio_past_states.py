"""The async calls of client/market_data/past_states.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import history_pb2 as api

from ..fields import Names, Time
from ..market_data.past_states import (
    PastInterest,
    VenueStateChange,
    interest_pages,
    state_pages,
)
from ..numbers import Number
from ..rows import Rows
from .aio_calls import AsyncCalls


class AsyncPastStateCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    async def past_venue_states(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[VenueStateChange]: ...

    @overload
    async def past_venue_states(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[api.VenueStateChange, ...]: ...

    async def past_venue_states(
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
        """Changes of the states of the venues' books, oldest first.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = state_pages(
            market,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return await self._pages(pages, raw)

    @overload
    async def past_open_interest(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[PastInterest[Number]]: ...

    @overload
    async def past_open_interest(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[api.PastInterest, ...]: ...

    async def past_open_interest(
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
        """Open interest as the venues have sent it, oldest first.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = interest_pages(
            self._scales,
            market,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return await self._pages(pages, raw)
