"""Books, of all venues together and of one: message, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub

from .. import convert, fields
from ..calls import Calls
from ..fields import Exact, Names, Time
from ..message_parts import Conversion, Header, Level, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..resume import MakeResume, StateResume
from ..rows import Rows
from ..stream import Stream

__all__ = ["Book"]


@dataclass(frozen=True, slots=True)
class Book(Generic[Number]):
    """The best levels of one market over one or more venues, best first."""

    header: Header
    market: str
    """BASE/QUOTE."""
    bids: Rows[Level[Number]]
    asks: Rows[Level[Number]]
    spread: Number | None
    """Best ask less best bid; negative where venues cross; None while a side is empty."""
    mid: Number | None
    """(best bid + best ask) / 2, exact; None while a side is empty."""
    venues: Rows[VenueQuality[Number]]
    """One entry per venue; a venue that is not live is listed without levels."""
    proved_bid_levels: int
    """Number of `bids`, from the best on, at which every live venue's book is proved complete."""
    proved_ask_levels: int
    conversions: Rows[Conversion[Number]]
    """One entry per quote currency that was converted into the market's."""
    digest: int
    """64-bit digest of the market and its merged venues at their sequence numbers: servers with the same digest have
    the same books. It does not depend on `levels` or dust; 0 while no venue is merged."""

    @property
    def best_bid(self) -> Level[Number] | None:
        """The highest bid; None while there is no bid."""
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level[Number] | None:
        """The lowest ask; None while there is no ask."""
        return self.asks[0] if self.asks else None

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose levels are in this book."""
        return tuple(quality.name for quality in self.venues if quality.live)

    @property
    def crossed(self) -> bool:
        """Some venue's bid is above another's ask."""
        return self.spread is not None and self.spread < 0


def book_query(
    scales: Scales[Number],
    market: str,
    levels: int,
    venues: Names = (),
    dust: Exact | None = None,
    quote_currencies: Names = (),
) -> Query[pb.Book, Book[Number]]:
    """GetBook."""
    view = fields.view(venues, dust, quote_currencies)
    request = api.GetBookRequest(market=market, levels=fields.count("levels", levels), **view)
    return _query("book", "GetBook", request, scales)


def stream_book_query(
    scales: Scales[Number],
    market: str,
    levels: int,
    venues: Names = (),
    dust: Exact | None = None,
    quote_currencies: Names = (),
    min_interval: float = 0.0,
    start: Time | None = None,
) -> Query[pb.Book, Book[Number]]:
    """StreamBook."""
    request = api.StreamBookRequest(
        market=market,
        levels=fields.count("levels", levels),
        min_interval_ms=fields.millis("min_interval", min_interval),
        start_time_nanos=fields.nanos("start", start),
        **fields.view(venues, dust, quote_currencies),
    )
    return _query("book", "StreamBook", request, scales, StateResume if request.start_time_nanos else None)


def venue_book_query(scales: Scales[Number], venue: str, market: str, levels: int) -> Query[pb.Book, Book[Number]]:
    """GetVenueBook."""
    request = api.GetVenueBookRequest(market=market, venue=venue, levels=fields.count("levels", levels))
    return _query(f"{venue} book", "GetVenueBook", request, scales)


def stream_venue_book_query(
    scales: Scales[Number],
    venue: str,
    market: str,
    levels: int,
    min_interval: float = 0.0,
    start: Time | None = None,
) -> Query[pb.Book, Book[Number]]:
    """StreamVenueBook."""
    request = api.StreamVenueBookRequest(
        market=market,
        venue=venue,
        levels=fields.count("levels", levels),
        min_interval_ms=fields.millis("min_interval", min_interval),
        start_time_nanos=fields.nanos("start", start),
    )
    resume = StateResume if request.start_time_nanos else None
    return _query(f"{venue} book", "StreamVenueBook", request, scales, resume)


_Request = api.GetBookRequest | api.StreamBookRequest | api.GetVenueBookRequest | api.StreamVenueBookRequest


def _query(
    what: str, method: str, request: _Request, scales: Scales[Number], make_resume: MakeResume | None = None
) -> Query[pb.Book, Book[Number]]:
    name, convert_one = label(what, request.market), partial(from_message, scales=scales)
    return answer_query(MarketDataServiceStub, name, method, request, "book", convert_one, make_resume=make_resume)


def from_message(message: pb.Book, scales: Scales[Number]) -> Book[Number]:
    """A consolidated or venue book."""
    price, size = scales.scale(message.price_exponent), scales.scale(message.size_exponent)
    venues = convert.qualities(message.venues, price)
    names = [each.name for each in venues]
    return Book(
        convert.header(message.header),
        message.market,
        convert.levels(message.bids, price, size, names),
        convert.levels(message.asks, price, size, names),
        price(message.spread) if message.HasField("spread") else None,
        scales.scale(message.price_exponent - 1)(message.mid) if message.HasField("mid") else None,
        venues,
        message.proved_bid_levels,
        message.proved_ask_levels,
        convert.conversions(message.conversions, scales),
        message.digest,
    )


class BookCalls(Calls[Number]):
    """A part of `Client`."""

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
    ) -> Stream[Book[Number]]: ...

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
    ) -> Stream[pb.Book]: ...

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
    ) -> Stream[Any]:
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
    ) -> Stream[Book[Number]]: ...

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
    ) -> Stream[pb.Book]: ...

    def stream_venue_book(
        self,
        venue: str,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        min_interval: float = 0.0,
        start: Time | None = None,
    ) -> Stream[Any]:
        """One venue's book at the venue's own scales; empty, with the reason in `venues[0]`, while it is withdrawn.

        `start` as in `stream_book`.
        """
        return self._stream(
            stream_venue_book_query(self._scales, venue, market, levels, min_interval=min_interval, start=start), raw
        )

    @overload
    def book(
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
    def book(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        dust: Exact | None = ...,
        quote_currencies: Names = ...,
    ) -> pb.Book: ...

    def book(
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
        return self._ask(
            book_query(self._scales, market, levels, venues=venues, dust=dust, quote_currencies=quote_currencies), raw
        )

    @overload
    def venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[False] = ...
    ) -> Book[Number]: ...

    @overload
    def venue_book(self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[True]) -> pb.Book: ...

    def venue_book(self, venue: str, market: str = "", levels: int = 0, *, raw: bool = False) -> Any:
        """One venue's book now, at the venue's own scales."""
        return self._ask(venue_book_query(self._scales, venue, market, levels), raw)
