"""What can be asked: each call's request, built and checked, with how its answer is unwrapped and converted.

Everything here is pure and shared by the sync and the async client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, cast

from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub

from . import convert, fields
from .fields import Exact, Names
from .gaps import GapHandler, GapTeller
from .messages import Book, Market, Summary, Trade, Venue, VenueStatus
from .numbers import Number, Scales

M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True)
class Query(Generic[M, T]):
    """One call: its name in the contract, its request, the message inside its response, and what becomes of it."""

    label: str
    """For people and logs, such as "book BTC/USDT"."""
    method: str
    request: Any
    unwrap: Callable[[Any], M]
    convert: Callable[[M], T]
    shows_state: bool = True
    """The first message of a connection is a state to show, even when it is marked as a heartbeat."""
    aside: Callable[[M], bool] | None = None
    """Takes messages that are not for the iteration: True if it took this one."""
    service: Callable[[Any], Any] = MarketDataServiceStub
    """The stub of the service that has the method."""

    def method_of(self, channel: Any, stubs: dict[Any, Any]) -> Any:
        """The callable of this call on a channel; `stubs` keeps the channel's stub of each service."""
        if self.service not in stubs:
            stubs[self.service] = self.service(channel)
        return getattr(stubs[self.service], self.method)

    def raw(self) -> Query[M, M]:
        """The same call, its protobuf messages left as they are."""
        return replace(cast("Query[M, M]", self), convert=lambda message: message)


def book(scales: Scales[Number], market: str, levels: int, **view: Any) -> Query[pb.Book, Book[Number]]:
    """GetBook."""
    request = api.GetBookRequest(market=market, levels=fields.count("levels", levels), **_view(**view))
    return Query(label("book", market), "GetBook", request, _book_of, lambda m: convert.book(m, scales))


def stream_book(scales: Scales[Number], market: str, levels: int, **view: Any) -> Query[pb.Book, Book[Number]]:
    """StreamBook."""
    request = api.StreamBookRequest(market=market, levels=fields.count("levels", levels), **_view(**view))
    return Query(label("book", market), "StreamBook", request, _book_of, lambda m: convert.book(m, scales))


def summary(scales: Scales[Number], market: str, levels: int, **view: Any) -> Query[pb.Summary, Summary[Number]]:
    """GetSummary."""
    request = api.GetSummaryRequest(market=market, vwap_levels=fields.count("vwap_levels", levels), **_view(**view))
    return Query(label("summary", market), "GetSummary", request, _summary_of, lambda m: convert.summary(m, scales))


def stream_summary(scales: Scales[Number], market: str, levels: int, **view: Any) -> Query[pb.Summary, Summary[Number]]:
    """StreamSummary."""
    request = api.StreamSummaryRequest(market=market, vwap_levels=fields.count("vwap_levels", levels), **_view(**view))
    return Query(label("summary", market), "StreamSummary", request, _summary_of, lambda m: convert.summary(m, scales))


def venue_book(scales: Scales[Number], venue: str, market: str, levels: int) -> Query[pb.Book, Book[Number]]:
    """GetVenueBook."""
    request = api.GetVenueBookRequest(market=market, venue=venue, levels=fields.count("levels", levels))
    return Query(label(f"{venue} book", market), "GetVenueBook", request, _book_of, lambda m: convert.book(m, scales))


def stream_venue_book(
    scales: Scales[Number], venue: str, market: str, levels: int, min_interval: float = 0.0
) -> Query[pb.Book, Book[Number]]:
    """StreamVenueBook."""
    request = api.StreamVenueBookRequest(
        market=market,
        venue=venue,
        levels=fields.count("levels", levels),
        min_interval_ms=fields.millis("min_interval", min_interval),
    )
    return Query(
        label(f"{venue} book", market), "StreamVenueBook", request, _book_of, lambda m: convert.book(m, scales)
    )


def venue_status(scales: Scales[Number], market: str) -> Query[pb.VenueStatus, VenueStatus[Number]]:
    """GetVenueStatus."""
    request = api.GetVenueStatusRequest(market=market)
    name = label("venue status", market)
    return Query(name, "GetVenueStatus", request, _status_of, lambda m: convert.venue_status(m, scales))


def stream_venue_status(scales: Scales[Number], market: str) -> Query[pb.VenueStatus, VenueStatus[Number]]:
    """StreamVenueStatus."""
    request = api.StreamVenueStatusRequest(market=market)
    name = label("venue status", market)
    return Query(name, "StreamVenueStatus", request, _status_of, lambda m: convert.venue_status(m, scales))


def overflow(disconnect: bool) -> api.OverflowPolicy.ValueType:
    """What becomes of a subscriber of events that does not keep up."""
    return api.OVERFLOW_POLICY_DISCONNECT if disconnect else api.OVERFLOW_POLICY_DROP_OLDEST


def stream_trades(
    scales: Scales[Number],
    market: str,
    venues: Names = (),
    disconnect_on_overflow: bool = False,
    on_gap: GapHandler | None = None,
) -> Query[pb.Trade | pb.TradeGap, Trade[Number]]:
    """StreamTrades."""
    policy = overflow(disconnect_on_overflow)
    request = api.StreamTradesRequest(market=market, venues=fields.names(venues), on_overflow=policy)
    return Query(
        label("trades", market),
        "StreamTrades",
        request,
        _trade_of,
        lambda m: convert.trade(cast(pb.Trade, m), scales),
        shows_state=False,
        aside=GapTeller(on_gap),
    )


def markets() -> Query[api.ListMarketsResponse, tuple[Market, ...]]:
    """ListMarkets."""
    return Query(
        "markets",
        "ListMarkets",
        api.ListMarketsRequest(),
        lambda response: cast(api.ListMarketsResponse, response),
        lambda response: tuple([convert.market(market) for market in response.markets]),
    )


def venues() -> Query[api.ListVenuesResponse, tuple[Venue, ...]]:
    """ListVenues."""
    return Query(
        "venues",
        "ListVenues",
        api.ListVenuesRequest(),
        lambda response: cast(api.ListVenuesResponse, response),
        lambda response: tuple([convert.venue(venue) for venue in response.venues]),
    )


def _book_of(response: Any) -> pb.Book:
    return cast(pb.Book, response.book)


def _summary_of(response: Any) -> pb.Summary:
    return cast(pb.Summary, response.summary)


def _status_of(response: Any) -> pb.VenueStatus:
    return cast(pb.VenueStatus, response.status)


def _trade_of(response: Any) -> pb.Trade | pb.TradeGap:
    return cast("pb.Trade | pb.TradeGap", response.gap if response.HasField("gap") else response.trade)


def label(what: str, market: str) -> str:
    """What a call is called in events and logs."""
    return f"{what} {market}".rstrip()


def _view(
    venues: Names = (),
    dust: Exact | None = None,
    quote_currencies: Names = (),
    min_interval: float | None = None,
) -> dict[str, Any]:
    given: dict[str, Any] = {"venues": fields.names(venues), "quote_currencies": fields.names(quote_currencies)}
    if dust is not None:
        given["dust"] = fields.decimal_text("dust", dust)
    if min_interval is not None:
        given["min_interval_ms"] = fields.millis("min_interval", min_interval)
    return given
