"""Books and best prices of the past: requests and calls."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any, Literal, overload

from onebook.v1 import history_pb2 as api
from onebook.v1 import types_pb2 as pb
from onebook.v1.history_pb2_grpc import HistoryServiceStub

from .. import fields
from ..calls import Calls
from ..fields import Names, Time
from ..numbers import Number, Scales
from ..pages import Pages
from ..query import Query, answer_query, label
from ..rows import Rows
from .books import Book
from .books import from_message as book_from
from .past_range import MOST_BOOKS, past_query, past_range
from .summaries import Summary
from .summaries import from_message as summary_from


def book_at_query(
    scales: Scales[Number], market: str, time: Time, levels: int = 0, venues: Names = ()
) -> Query[pb.Book, Book[Number]]:
    """GetBookAt."""
    request = api.GetBookAtRequest(
        market=market,
        venues=fields.names(venues),
        levels=fields.count("levels", levels),
        time_nanos=fields.nanos("time", time),
    )
    name, convert_one = label("past book", market), partial(book_from, scales=scales)
    return answer_query(HistoryServiceStub, name, "GetBookAt", request, "book", convert_one)


def book_pages(
    scales: Scales[Number],
    market: str,
    levels: int = 0,
    venues: Names = (),
    start: Time | None = None,
    end: Time | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> Pages[pb.Book, Book[Number]]:
    """ListBooks."""
    past = past_range(start, end, newest_first, limit, MOST_BOOKS)
    request = api.ListBooksRequest(
        market=market, venues=fields.names(venues), levels=fields.count("levels", levels), range=past
    )
    query = past_query("past books", "ListBooks", request)
    return Pages(query, attrgetter("books"), partial(book_from, scales=scales), Book, limit)


def summary_pages(
    scales: Scales[Number],
    market: str,
    start: Time | None = None,
    end: Time | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> Pages[pb.Summary, Summary[Number]]:
    """ListSummaries."""
    request = api.ListSummariesRequest(market=market, range=past_range(start, end, newest_first, limit))
    query = past_query("past summaries", "ListSummaries", request)
    return Pages(query, attrgetter("summaries"), partial(summary_from, scales=scales), Summary, limit)


class PastBookCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def book_at(
        self, market: str, time: Time, *, raw: Literal[False] = ..., levels: int = ..., venues: Names = ...
    ) -> Book[Number]: ...

    @overload
    def book_at(
        self, market: str, time: Time, *, raw: Literal[True], levels: int = ..., venues: Names = ...
    ) -> pb.Book: ...

    def book_at(self, market: str, time: Time, *, raw: bool = False, levels: int = 0, venues: Names = ()) -> Any:
        """The book as it was at a time (datetime or nanoseconds): of each venue the last one that was kept up to then.

        A venue whose book was withdrawn, or was not kept within the two seconds before, is listed without levels.
        `levels` per side: 0 is the server's own number; at most 20 of each venue are kept. Raises
        FailedPreconditionError where the server keeps no history.
        """
        return self._ask(book_at_query(self._scales, market, time, levels=levels, venues=venues), raw)

    @overload
    def past_books(
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
    def past_books(
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

    def past_books(
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
        return self._pages(pages, raw)

    @overload
    def past_summaries(
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
    def past_summaries(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[pb.Summary, ...]: ...

    def past_summaries(
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
        return self._pages(pages, raw)
