"""Best prices, spread, mid and VWAPs of a market: message, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, overload

from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb
from onebook.v1.market_data_pb2_grpc import MarketDataServiceStub

from .. import convert, fields
from ..calls import Calls
from ..fields import Exact, Names
from ..message_parts import Conversion, Header, Level, PriceAverage, VenueQuality
from ..numbers import Number, Scales
from ..query import Query, answer_query, label
from ..rows import Rows
from ..stream import Stream

__all__ = ["Summary"]


@dataclass(frozen=True, slots=True)
class Summary(Generic[Number]):
    """The prices of one market in one small message."""

    header: Header
    market: str
    best_bid: Level[Number] | None
    best_ask: Level[Number] | None
    spread: Number | None
    mid: Number | None
    bid_vwap: Number | None
    """Volume-weighted average price of the best `vwap_levels` bids; None while there are no bids."""
    ask_vwap: Number | None
    vwap_price: Number | None
    """(bid VWAP + ask VWAP) / 2, rounded once; None while a side is empty."""
    vwap_levels: int
    """Levels per side of the VWAPs, as requested."""
    bid_levels_used: int
    ask_levels_used: int
    venues: Rows[VenueQuality[Number]]
    spread_basis_points: Number | None
    """Spread / mid in basis points, at four decimals; None while a side is empty."""
    microprice: Number | None
    """Best bid and ask, each weighted by the size of the other; None while a side is empty."""
    averages: Rows[PriceAverage[Number]]
    """Averages of `vwap_price`, one entry per configured window, shortest first."""
    conversions: Rows[Conversion[Number]]
    """As in `Book`."""
    digest: int
    """As in `Book`."""

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues that took part."""
        return tuple(quality.name for quality in self.venues if quality.live)


def get_query(
    scales: Scales[Number],
    market: str,
    levels: int,
    venues: Names = (),
    dust: Exact | None = None,
    quote_currencies: Names = (),
) -> Query[pb.Summary, Summary[Number]]:
    """GetSummary."""
    view = fields.view(venues, dust, quote_currencies)
    request = api.GetSummaryRequest(market=market, vwap_levels=fields.count("vwap_levels", levels), **view)
    return _query("GetSummary", request, scales)


def stream_query(
    scales: Scales[Number],
    market: str,
    levels: int,
    venues: Names = (),
    dust: Exact | None = None,
    quote_currencies: Names = (),
    min_interval: float = 0.0,
) -> Query[pb.Summary, Summary[Number]]:
    """StreamSummary."""
    request = api.StreamSummaryRequest(
        market=market,
        vwap_levels=fields.count("vwap_levels", levels),
        min_interval_ms=fields.millis("min_interval", min_interval),
        **fields.view(venues, dust, quote_currencies),
    )
    return _query("StreamSummary", request, scales)


def _query(
    method: str, request: api.GetSummaryRequest | api.StreamSummaryRequest, scales: Scales[Number]
) -> Query[pb.Summary, Summary[Number]]:
    name, convert_one = label("summary", request.market), partial(from_message, scales=scales)
    return answer_query(MarketDataServiceStub, name, method, request, "summary", convert_one)


def from_message(message: pb.Summary, scales: Scales[Number]) -> Summary[Number]:
    """The small message of prices."""
    price, size = scales.scale(message.price_exponent), scales.scale(message.size_exponent)
    vwap, half = scales.scale(message.vwap_exponent), scales.scale(message.price_exponent - 1)
    venues = convert.qualities(message.venues, price)
    names = [each.name for each in venues] or [""]  # the history does not know which venues had the best prices
    bids = convert.levels([message.best_bid] if message.HasField("best_bid") else [], price, size, names)
    asks = convert.levels([message.best_ask] if message.HasField("best_ask") else [], price, size, names)
    return Summary(
        header=convert.header(message.header),
        market=message.market,
        best_bid=bids[0] if bids else None,
        best_ask=asks[0] if asks else None,
        spread=price(message.spread) if message.HasField("spread") else None,
        mid=half(message.mid) if message.HasField("mid") else None,
        bid_vwap=vwap(message.bid_vwap) if message.HasField("bid_vwap") else None,
        ask_vwap=vwap(message.ask_vwap) if message.HasField("ask_vwap") else None,
        vwap_price=vwap(message.vwap_price) if message.HasField("vwap_price") else None,
        vwap_levels=message.vwap_levels,
        bid_levels_used=message.bid_levels_used,
        ask_levels_used=message.ask_levels_used,
        venues=venues,
        spread_basis_points=convert.points(message.spread_basis_points, scales)
        if message.HasField("spread_basis_points")
        else None,
        microprice=vwap(message.microprice) if message.HasField("microprice") else None,
        averages=Rows([convert.average(each, vwap) for each in message.averages], PriceAverage),
        conversions=convert.conversions(message.conversions, scales),
        digest=message.digest,
    )


class SummaryCalls(Calls[Number]):
    """A part of `Client`."""

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
    ) -> Stream[Summary[Number]]: ...

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
    ) -> Stream[pb.Summary]: ...

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
    ) -> Stream[Any]:
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
    def summary(
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
    def summary(
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

    def summary(
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
        return self._ask(
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
