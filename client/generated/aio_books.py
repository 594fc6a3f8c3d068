"""The async calls of client/market_data/books.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import types_pb2 as pb

from ..aio_stream import AsyncStream
from ..fields import Exact, Names, Time
from ..market_data.books import (
    Book,
    book_query,
    stream_book_query,
    stream_venue_book_query,
    venue_book_query,
)
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncBookCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_book(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
        start: Time | None = ...,
    ) -> AsyncStream[Book[Number]]: ...

    @overload
    def stream_book(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
        start: Time | None = ...,
    ) -> AsyncStream[pb.Book]: ...

    def stream_book(
        self,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        venues: Names = (),
        dust: Exact | None = None,
        quote_currencies: Names = (),
        min_interval: float = 0.0,
        start: Time | None = None,
    ) -> AsyncStream[Any]:
        """The consolidated book, then every change: whole books of `levels` a side (0 is the server's own number).

        `venues` keeps only these venues, `dust` hides levels whose size is not strictly greater, `min_interval` is
        the shortest time between two messages in seconds. `quote_currencies` merges the books of the same base in
        other quote currencies too, converted with the server's own books (`Book.conversions`).

        `start` (a datetime or nanoseconds) begins with the books of the server's history from then on, one per second,
        whose `header.past` is True. Raises FailedPreconditionError where the server keeps no history.
        """
        return self._stream(
            stream_book_query(
                self._scales,
                market,
                levels,
                venues=venues,
                dust=dust,
                quote_currencies=quote_currencies,
                min_interval=min_interval,
                start=start,
            ),
            raw,
        )

    @overload
    def stream_venue_book(
        self,
        venue: str,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        min_interval: float = ...,
        start: Time | None = ...,
    ) -> AsyncStream[Book[Number]]: ...

    @overload
    def stream_venue_book(
        self,
        venue: str,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        min_interval: float = ...,
        start: Time | None = ...,
    ) -> AsyncStream[pb.Book]: ...

    def stream_venue_book(
        self,
        venue: str,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        min_interval: float = 0.0,
        start: Time | None = None,
    ) -> AsyncStream[Any]:
        """One venue's book at the venue's own scales; empty, with the reason in `venues[0]`, while it is withdrawn.

        `start` as in `stream_book`.
        """
        return self._stream(
            stream_venue_book_query(self._scales, venue, market, levels, min_interval=min_interval, start=start), raw
        )

    @overload
    async def book(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
    ) -> Book[Number]: ...

    @overload
    async def book(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
    ) -> pb.Book: ...

    async def book(
        self,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        venues: Names = (),
        dust: Exact | None = None,
        quote_currencies: Names = (),
    ) -> Any:
        """The consolidated book now; options as in `stream_book`."""
        return await self._ask(
            book_query(self._scales, market, levels, venues=venues, dust=dust, quote_currencies=quote_currencies), raw
        )

    @overload
    async def venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[False] = ...
    ) -> Book[Number]: ...

    @overload
    async def venue_book(self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[True]) -> pb.Book: ...

    async def venue_book(self, venue: str, market: str = "", levels: int = 0, *, raw: bool = False) -> Any:
        """One venue's book now, at the venue's own scales."""
        return await self._ask(venue_book_query(self._scales, venue, market, levels), raw)
