"""The async calls of client/market_data/past_books.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import types_pb2 as pb

from ..fields import Names, Time
from ..market_data.books import Book
from ..market_data.past_books import book_at_query, book_pages, summary_pages
from ..market_data.summaries import Summary
from ..numbers import Number
from ..rows import Rows
from .aio_calls import AsyncCalls


class AsyncPastBookCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    async def book_at(
        self, market: str, time: Time, *, raw: Literal[False] = ..., levels: int = ..., venues: Names = ...
    ) -> Book[Number]: ...

    @overload
    async def book_at(
        self, market: str, time: Time, *, raw: Literal[True], levels: int = ..., venues: Names = ...
    ) -> pb.Book: ...

    async def book_at(self, market: str, time: Time, *, raw: bool = False, levels: int = 0, venues: Names = ()) -> Any:
        """The book as it was at a time (datetime or nanoseconds): of each venue the last one that was kept up to then.

        A venue whose book was withdrawn, or was not kept within the two seconds before, is listed without levels.
        `levels` per side: 0 is the server's own number; at most 20 of each venue are kept. Raises
        FailedPreconditionError where the server keeps no history.
        """
        return await self._ask(book_at_query(self._scales, market, time, levels=levels, venues=venues), raw)

    @overload
    async def past_books(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[Book[Number]]: ...

    @overload
    async def past_books(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        levels: int = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[pb.Book, ...]: ...

    async def past_books(
        self,
        market: str = "",
        *,
        raw: bool = False,
        levels: int = 0,
        venues: Names = (),
        start: Time | None = None,
        end: Time | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Any:
        """Books as they were, one per second, oldest first; `levels` as in `book_at`.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = book_pages(
            self._scales,
            market,
            levels=levels,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return await self._pages(pages, raw)

    @overload
    async def past_summaries(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[Summary[Number]]: ...

    @overload
    async def past_summaries(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[pb.Summary, ...]: ...

    async def past_summaries(
        self,
        market: str = "",
        *,
        raw: bool = False,
        start: Time | None = None,
        end: Time | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Any:
        """Best prices, spread, mid, book VWAP price and its averages, one per second, oldest first.

        Which venues had the best prices is not kept: `best_bid.venue` and `best_ask.venue` are empty; see `book_at`.
        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = summary_pages(
            self._scales,
            market,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return await self._pages(pages, raw)
