"""Candles: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from operator import attrgetter
from typing import Any, Generic, Literal, get_args, overload

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from .. import convert, fields
from ..calls import Calls
from ..errors import InvalidArgumentError
from ..fields import Names, Time
from ..message_parts import Header, VenueQuality
from ..numbers import Number, Scales
from ..pages import Pages
from ..query import Query, answer_query, label, overflow, response_query
from ..rows import Rows
from ..stream import Stream
from .candle_resume import CandleResume

__all__ = ["Candle", "CandleSource", "CandleState", "MissingVenue", "Reconciliation"]

Fill = Literal["none", "previous", "null"]
"""What stands for an interval without trades: nothing, a candle at the close before it, a candle without prices."""


class CandleState(IntEnum):
    """How far a candle can be trusted."""

    UNSPECIFIED = 0
    OPEN = 1
    COMPLETE = 2
    PARTIAL_START = 3
    PARTIAL_GAP = 4

    @classmethod
    def _missing_(cls, value: object) -> CandleState:  # noqa: ARG003
        """A state newer than this client is not trusted and not an error."""
        return cls.UNSPECIFIED


class CandleSource(IntEnum):
    """Where the numbers of a candle come from: received trades, or the venue's own candle."""

    UNSPECIFIED = 0
    TRADES = 1
    VENUE = 2

    @classmethod
    def _missing_(cls, value: object) -> CandleSource:  # noqa: ARG003
        return cls.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Reconciliation(Generic[Number]):
    """A candle less the venue's own final candle of the same interval."""

    time_nanos: int
    """When the candles were compared."""
    open: Number | None
    """The four prices are None if one of the two candles had no trades."""
    high: Number | None
    low: Number | None
    close: Number | None
    volume: Number | None
    """In base units; None if the venue does not send it."""
    quote_volume: Number | None
    """In quote units; None if the venue does not send it."""
    alarm: bool
    """A difference is above the server's threshold."""


@dataclass(frozen=True, slots=True)
class MissingVenue:
    """A venue of which a candle has not all trades."""

    venue: str
    reason: str
    """For people."""
    partly: bool
    """True: some trades of the venue may be in the candle. False: no trade of the venue is in the candle."""


@dataclass(frozen=True, slots=True)
class Candle(Generic[Number]):
    """Open, high, low, close and volume of the trades in [open time, close time), by the venues' clocks."""

    header: Header
    market: str
    venue: str
    """Empty is all venues."""
    interval: str
    """Length, such as 1m, 4h or 1d."""
    open_time_nanos: int
    close_time_nanos: int
    """End of the interval; this moment belongs to the next interval."""
    open: Number | None
    """Price of the first trade by time, then by id; the four prices are None without trades."""
    high: Number | None
    low: Number | None
    close: Number | None
    volume: Number | None
    """None if the venue's own candle does not have it."""
    quote_volume: Number | None
    """None if the venue's own candle does not have it."""
    trades: int | None
    """None if the venue's own candle does not have it."""
    vwap: Number | None
    """quote_volume / volume, rounded; None without both."""
    state: CandleState
    source: CandleSource
    revision: int
    """0 for the first close of the candle; each correction adds one."""
    reconciliation: Reconciliation[Number] | None
    """The comparison with the venue's own candle; None before it, and if the venue has no candle."""
    open_interest: Number | None
    """Open interest at the end of the interval in base units; None if not known."""
    dropped: int
    """Candles of this stream that the server dropped before this one because this client did not keep up."""
    venues: Rows[VenueQuality[Number]]
    """One entry per venue of the market; on a page of candles only the last candle has them."""
    counted_venues: tuple[str, ...]
    """The venues whose every trade of the interval is in the candle."""
    missing_venues: Rows[MissingVenue]
    """The venues whose trades are missing, each with the reason."""
    complete_over_counted: bool
    """The candle is complete over `counted_venues`: no other venue has a trade in it."""

    @property
    def closed(self) -> bool:
        """The interval is over; only corrections can follow."""
        return self.state is not CandleState.OPEN

    @property
    def complete(self) -> bool:
        """Every trade of the interval is in the candle, as far as the venue numbers or confirms trades."""
        return self.state is CandleState.COMPLETE


def get_pages(
    scales: Scales[Number],
    market: str,
    interval: str,
    venue: str = "",
    start: Time | None = None,
    end: Time | None = None,
    fill: Fill = "none",
    include_open: bool = False,
    page_size: int = 0,
) -> Pages[api.Candle, Candle[Number]]:
    """GetCandles."""
    request = api.GetCandlesRequest(
        market=market,
        venue=venue,
        interval=interval,
        start_time_nanos=fields.nanos("start", start),
        end_time_nanos=fields.nanos("end", end),
        page_size=fields.count("page_size", page_size),
        fill=_fill(fill),
        include_open=include_open,
    )
    query = response_query(AnalyticsServiceStub, label("candles", market), "GetCandles", request)
    return Pages(query, attrgetter("candles"), partial(from_message, scales=scales), Candle)


def stream_query(
    scales: Scales[Number],
    market: str,
    intervals: Names,
    venue: str = "",
    fill: Fill = "none",
    include_open: bool = False,
    disconnect_on_overflow: bool = False,
    start: Time | None = None,
) -> Query[api.Candle, Candle[Number]]:
    """StreamCandles."""
    request = api.StreamCandlesRequest(
        market=market,
        venue=venue,
        intervals=fields.names(intervals),
        fill=_fill(fill),
        include_open=include_open,
        on_overflow=overflow(disconnect_on_overflow),
        start_time_nanos=fields.nanos("start", start),
    )
    name, convert_one = label("candles", market), partial(from_message, scales=scales)
    return answer_query(
        AnalyticsServiceStub,
        name,
        "StreamCandles",
        request,
        "candle",
        convert_one,
        shows_state=False,
        make_resume=CandleResume,
    )


def _fill(fill: Fill) -> api.CandleFill.ValueType:
    if fill not in get_args(Fill):
        raise InvalidArgumentError(f"fill must be one of {', '.join(get_args(Fill))}, not {fill!r}", field="fill")
    return api.CandleFill.Value(f"CANDLE_FILL_{fill.upper()}")


def from_message(message: api.Candle, scales: Scales[Number]) -> Candle[Number]:
    """One candle, or a heartbeat of their stream."""
    price = scales.scale(message.price_exponent)
    return Candle(
        header=convert.header(message.header),
        market=message.market,
        venue=message.venue,
        interval=message.interval,
        open_time_nanos=message.open_time_nanos,
        close_time_nanos=message.close_time_nanos,
        open=price(message.open) if message.HasField("open") else None,
        high=price(message.high) if message.HasField("high") else None,
        low=price(message.low) if message.HasField("low") else None,
        close=price(message.close) if message.HasField("close") else None,
        volume=_optional(message.volume, scales),
        quote_volume=_optional(message.quote_volume, scales),
        trades=message.trades if message.HasField("trades") else None,
        vwap=scales.scale(message.vwap_exponent)(message.vwap) if message.HasField("vwap") else None,
        state=CandleState(message.state),
        source=CandleSource(message.source),
        revision=message.revision,
        reconciliation=_reconciliation(message.reconciliation, scales) if message.HasField("reconciliation") else None,
        open_interest=_optional(message.open_interest, scales),
        dropped=message.dropped,
        venues=convert.qualities(message.venues, price),
        counted_venues=tuple(message.counted_venues),
        missing_venues=Rows(
            [MissingVenue(each.venue, each.reason, each.partly) for each in message.missing_venues], MissingVenue
        ),
        complete_over_counted=message.complete_over_counted,
    )


def _optional(text: str, scales: Scales[Number]) -> Number | None:
    return scales.text(text) if text else None


def _reconciliation(message: api.Reconciliation, scales: Scales[Number]) -> Reconciliation[Number]:
    price = scales.scale(message.price_exponent)
    return Reconciliation(
        message.time_nanos,
        price(message.open) if message.HasField("open") else None,
        price(message.high) if message.HasField("high") else None,
        price(message.low) if message.HasField("low") else None,
        price(message.close) if message.HasField("close") else None,
        _optional(message.volume, scales),
        _optional(message.quote_volume, scales),
        message.alarm,
    )


class CandleCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def stream_candles(
        self,
        market: str = ...,
        intervals: Names = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        disconnect_on_overflow: bool = ...,
        start: Time | None = ...,
    ) -> Stream[Candle[Number]]: ...

    @overload
    def stream_candles(
        self,
        market: str = ...,
        intervals: Names = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        disconnect_on_overflow: bool = ...,
        start: Time | None = ...,
    ) -> Stream[api.Candle]: ...

    def stream_candles(
        self,
        market: str = "",
        intervals: Names = (),
        *,
        raw: bool = False,
        venue: str = "",
        fill: Fill = "none",
        include_open: bool = False,
        disconnect_on_overflow: bool = False,
        start: Time | None = None,
    ) -> Stream[Any]:
        """Every candle of these intervals when it closes, and again with a higher revision whenever it is corrected.

        None is 1m; a single interval may stand alone. `venue` takes one venue's candles; `fill` says what stands for
        intervals without trades ("none", "previous" or "null"). With `include_open` the candle in progress comes too,
        at most once a second. Overflow as in `stream_trade_vwap`.

        A stream that was disconnected continues where it ended: candles that closed meanwhile come first. `start` (a
        datetime or nanoseconds) begins with the closed candles that open from then on, as far as the server has them.
        """
        return self._stream(
            stream_query(
                self._scales,
                market,
                intervals,
                venue=venue,
                fill=fill,
                include_open=include_open,
                disconnect_on_overflow=disconnect_on_overflow,
                start=start,
            ),
            raw,
        )

    @overload
    def candles(
        self,
        market: str = ...,
        interval: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        page_size: int = ...,
    ) -> Rows[Candle[Number]]: ...

    @overload
    def candles(
        self,
        market: str = ...,
        interval: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        fill: Fill = ...,
        include_open: bool = ...,
        page_size: int = ...,
    ) -> tuple[api.Candle, ...]: ...

    def candles(
        self,
        market: str = "",
        interval: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        start: Time | None = None,
        end: Time | None = None,
        fill: Fill = "none",
        include_open: bool = False,
        page_size: int = 0,
    ) -> Any:
        """Candles that the server has, oldest first, all pages of them; an empty interval is 1m.

        `venue` takes one venue's candles; `start` and `end` are datetimes or nanoseconds, and say when candles open;
        `fill` says what stands for intervals without trades; `include_open` adds the candle in progress; `page_size` is
        the number of candles of one call to the server (0 is the server's own).
        """
        pages = get_pages(
            self._scales,
            market,
            interval,
            venue=venue,
            start=start,
            end=end,
            fill=fill,
            include_open=include_open,
            page_size=page_size,
        )
        return self._pages(pages, raw)
