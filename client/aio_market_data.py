"""The calls of the async client to onebook.v1.MarketDataService.

Made by scripts/generate_async.py of those of the sync client: change them there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from onebook.v1 import types_pb2 as pb

from . import fields, queries
from .aio_stream import AsyncStream
from .arguments import named_arguments
from .messages import Book, Market, Summary, Trade, Venue, VenueStatus
from .numbers import Number, Scales
from .queries import Query

if TYPE_CHECKING:
    from .fields import Exact, Names
    from .gaps import GapHandler

T = TypeVar("T")


@named_arguments
class MarketDataCalls(ABC, Generic[Number]):
    """A part of `AsyncClient`."""

    _scales: Scales[Number]

    @abstractmethod
    def _stream(self, query: Query[Any, T], raw: bool) -> AsyncStream[T]: ...

    @abstractmethod
    async def _ask(self, query: Query[Any, T], raw: bool = False) -> T: ...

    # Streams

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
    ) -> AsyncStream[Any]:
        """The consolidated book, then every change: whole books of `levels` a side (0 is the server's own number).

        `venues` keeps only these venues, `dust` hides levels whose size is not strictly greater, `min_interval` is
        the shortest time between two messages in seconds. `quote_currencies` merges the books of the same base in
        other quote currencies too, converted with the server's own books (`Book.conversions`).
        """
        return self._stream(
            queries.stream_book(
                self._scales,
                market,
                levels,
                venues=venues,
                dust=dust,
                quote_currencies=quote_currencies,
                min_interval=min_interval,
            ),
            raw,
        )

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
            queries.stream_summary(
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
    def stream_venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[False] = ..., min_interval: float = ...
    ) -> AsyncStream[Book[Number]]: ...

    @overload
    def stream_venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[True], min_interval: float = ...
    ) -> AsyncStream[pb.Book]: ...

    def stream_venue_book(
        self, venue: str, market: str = "", levels: int = 0, *, raw: bool = False, min_interval: float = 0.0
    ) -> AsyncStream[Any]:
        """One venue's book at the venue's own scales; empty, with the reason in `venues[0]`, while it is withdrawn."""
        return self._stream(
            queries.stream_venue_book(self._scales, venue, market, levels, min_interval=min_interval), raw
        )

    @overload
    def stream_venue_status(
        self, market: str = ..., *, raw: Literal[False] = ...
    ) -> AsyncStream[VenueStatus[Number]]: ...

    @overload
    def stream_venue_status(self, market: str = ..., *, raw: Literal[True]) -> AsyncStream[pb.VenueStatus]: ...

    def stream_venue_status(self, market: str = "", *, raw: bool = False) -> AsyncStream[Any]:
        """State of every venue of a market, then every change of a state."""
        return self._stream(queries.stream_venue_status(self._scales, market), raw)

    @overload
    def stream_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        disconnect_on_overflow: bool = ...,
        on_gap: GapHandler | None = ...,
    ) -> AsyncStream[Trade[Number]]: ...

    @overload
    def stream_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        disconnect_on_overflow: bool = ...,
        on_gap: GapHandler | None = ...,
    ) -> AsyncStream[pb.Trade]: ...

    def stream_trades(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        disconnect_on_overflow: bool = False,
        on_gap: GapHandler | None = None,
    ) -> AsyncStream[Any]:
        """Every trade of a market as it arrives, each once.

        Trades that the server could not have are reported to `on_gap` in their place between the others, and in the
        log. A client that does not keep up loses the oldest (`Trade.dropped`, `Stream.missed`); with
        `disconnect_on_overflow` the stream ends and reconnects instead.
        """
        return self._stream(
            queries.stream_trades(
                self._scales, market, venues=venues, disconnect_on_overflow=disconnect_on_overflow, on_gap=on_gap
            ),
            raw,
        )

    # Now

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
            queries.book(self._scales, market, levels, venues=venues, dust=dust, quote_currencies=quote_currencies), raw
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
            queries.summary(
                self._scales,
                market,
                fields.one_of(vwap_levels, levels),
                venues=venues,
                dust=dust,
                quote_currencies=quote_currencies,
            ),
            raw,
        )

    @overload
    async def venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[False] = ...
    ) -> Book[Number]: ...

    @overload
    async def venue_book(self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[True]) -> pb.Book: ...

    async def venue_book(self, venue: str, market: str = "", levels: int = 0, *, raw: bool = False) -> Any:
        """One venue's book now, at the venue's own scales."""
        return await self._ask(queries.venue_book(self._scales, venue, market, levels), raw)

    @overload
    async def venue_status(self, market: str = ..., *, raw: Literal[False] = ...) -> VenueStatus[Number]: ...

    @overload
    async def venue_status(self, market: str = ..., *, raw: Literal[True]) -> pb.VenueStatus: ...

    async def venue_status(self, market: str = "", *, raw: bool = False) -> Any:
        """State of every venue of a market now."""
        return await self._ask(queries.venue_status(self._scales, market), raw)

    async def markets(self) -> tuple[Market, ...]:
        """The markets that the server keeps; the first is the default."""
        return await self._ask(queries.markets())

    async def venues(self) -> tuple[Venue, ...]:
        """The venues that the server reads, by name."""
        return await self._ask(queries.venues())
