"""What can be asked of the analytics: as `queries`, for onebook.v1.AnalyticsService."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Literal, TypeVar, cast, get_args

from onebook.v1 import analytics_pb2 as api
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub

from . import convert_analytics as convert
from . import fields
from .analytics_messages import Averages, Candle, OpenInterest, Quote, TradeVwap
from .errors import InvalidArgumentError, ProtocolError
from .fields import Exact, Names, Time
from .message_parts import Side
from .numbers import Number, Scales
from .queries import Query, label, overflow

M = TypeVar("M")
T = TypeVar("T")

Fill = Literal["none", "previous", "null"]
"""What stands for an interval without trades: nothing, a candle at the close before it, a candle without prices."""
OrderSide = Literal["buy", "sell"] | Side


def averages(
    scales: Scales[Number], market: str, levels: int, venues: Names = ()
) -> Query[api.Averages, Averages[Number]]:
    """GetAverages."""
    request = api.GetAveragesRequest(
        market=market, vwap_levels=fields.count("vwap_levels", levels), venues=fields.names(venues)
    )
    return _query("averages", "GetAverages", request, "averages", partial(convert.averages, scales=scales))


def stream_averages(
    scales: Scales[Number], market: str, levels: int, venues: Names = (), min_interval: float = 0.0
) -> Query[api.Averages, Averages[Number]]:
    """StreamAverages."""
    request = api.StreamAveragesRequest(
        market=market,
        vwap_levels=fields.count("vwap_levels", levels),
        venues=fields.names(venues),
        min_interval_ms=fields.millis("min_interval", min_interval),
    )
    return _query("averages", "StreamAverages", request, "averages", partial(convert.averages, scales=scales))


def trade_vwap(scales: Scales[Number], market: str, **options: Any) -> Query[api.TradeVwap, TradeVwap[Number]]:
    """GetTradeVwap."""
    request = api.GetTradeVwapRequest(market=market, **_window(**options))
    return _query("trade VWAP", "GetTradeVwap", request, "vwap", partial(convert.trade_vwap, scales=scales))


def stream_trade_vwap(
    scales: Scales[Number], market: str, disconnect_on_overflow: bool = False, **options: Any
) -> Query[api.TradeVwap, TradeVwap[Number]]:
    """StreamTradeVwap."""
    policy = overflow(disconnect_on_overflow)
    request = api.StreamTradeVwapRequest(market=market, on_overflow=policy, **_window(**options))
    return _query("trade VWAP", "StreamTradeVwap", request, "vwap", partial(convert.trade_vwap, scales=scales))


def candles(
    scales: Scales[Number],
    market: str,
    interval: str,
    venue: str = "",
    start: Time | None = None,
    end: Time | None = None,
    fill: Fill = "none",
    include_open: bool = False,
    page_size: int = 0,
) -> Query[api.GetCandlesResponse, tuple[Candle[Number], ...]]:
    """GetCandles: the first page."""
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
    return Query(
        label("candles", market),
        "GetCandles",
        request,
        lambda response: cast(api.GetCandlesResponse, response),
        lambda response: tuple([convert.candle(each, scales) for each in response.candles]),
        service=AnalyticsServiceStub,
    )


def next_page(
    query: Query[api.GetCandlesResponse, T], response: api.GetCandlesResponse
) -> Query[api.GetCandlesResponse, T] | None:
    """The call for the page that follows; None behind the last."""
    token = response.next_page_token
    if not token:
        return None
    if token == query.request.page_token:
        raise ProtocolError(f"{query.label}: the server gives the same page again")
    request = api.GetCandlesRequest()
    request.CopyFrom(query.request)
    request.page_token = token
    return replace(query, request=request)


def stream_candles(
    scales: Scales[Number],
    market: str,
    intervals: Names,
    venue: str = "",
    fill: Fill = "none",
    include_open: bool = False,
    disconnect_on_overflow: bool = False,
) -> Query[api.Candle, Candle[Number]]:
    """StreamCandles."""
    request = api.StreamCandlesRequest(
        market=market,
        venue=venue,
        intervals=fields.names(intervals),
        fill=_fill(fill),
        include_open=include_open,
        on_overflow=overflow(disconnect_on_overflow),
    )
    return _query("candles", "StreamCandles", request, "candle", partial(convert.candle, scales=scales))


def open_interest(scales: Scales[Number], market: str) -> Query[api.OpenInterest, OpenInterest[Number]]:
    """GetOpenInterest."""
    request = api.GetOpenInterestRequest(market=market)
    convert_one = partial(convert.open_interest, scales=scales)
    return _query("open interest", "GetOpenInterest", request, "open_interest", convert_one)


def stream_open_interest(scales: Scales[Number], market: str) -> Query[api.OpenInterest, OpenInterest[Number]]:
    """StreamOpenInterest."""
    request = api.StreamOpenInterestRequest(market=market)
    convert_one = partial(convert.open_interest, scales=scales)
    return _query("open interest", "StreamOpenInterest", request, "open_interest", convert_one)


def quote(scales: Scales[Number], market: str, side: OrderSide, **order: Any) -> Query[api.Quote, Quote[Number]]:
    """GetQuote."""
    request = _order(market, side, **order)
    return _query(f"{request_side(side)} quote", "GetQuote", request, "quote", partial(convert.quote, scales=scales))


def stream_quote(
    scales: Scales[Number], market: str, side: OrderSide, min_interval: float = 0.0, **order: Any
) -> Query[api.Quote, Quote[Number]]:
    """StreamQuote."""
    request = api.StreamQuoteRequest(
        order=_order(market, side, **order), min_interval_ms=fields.millis("min_interval", min_interval)
    )
    return _query(f"{request_side(side)} quote", "StreamQuote", request, "quote", partial(convert.quote, scales=scales))


_EVENTS = ("StreamTradeVwap", "StreamCandles")
"""Streams whose heartbeats carry no state to show."""


def _query(what: str, method: str, request: Any, answer: str, convert_one: Any) -> Query[Any, Any]:
    market = request.order.market if method == "StreamQuote" else request.market
    return Query(
        label(what, market),
        method,
        request,
        lambda response: getattr(response, answer),
        convert_one,
        shows_state=method not in _EVENTS,
        service=AnalyticsServiceStub,
    )


def _window(venue: str = "", trades: int | None = None, window: float | None = None) -> dict[str, Any]:
    if trades is not None and window is not None:
        raise InvalidArgumentError("trades and window exclude each other", field="window")
    given: dict[str, Any] = {"venue": venue}
    if trades is not None:
        given["trades"] = fields.count("trades", trades)
    if window is not None:
        given["milliseconds"] = fields.millis("window", window)
    return given


def _fill(fill: Fill) -> api.CandleFill.ValueType:
    if fill not in get_args(Fill):
        raise InvalidArgumentError(f"fill must be one of {', '.join(get_args(Fill))}, not {fill!r}", field="fill")
    return api.CandleFill.Value(f"CANDLE_FILL_{fill.upper()}")


def request_side(side: OrderSide) -> str:
    """buy or sell."""
    text = side.name.lower() if isinstance(side, Side) else side
    if text not in ("buy", "sell"):
        raise InvalidArgumentError(f"side must be buy or sell, not {text!r}", field="side")
    return text


def _order(
    market: str,
    side: OrderSide,
    size: Exact | None = None,
    notional: Exact | None = None,
    venues: Names = (),
    beyond_proved: bool = False,
    quote_currencies: Names = (),
) -> api.GetQuoteRequest:
    if (size is None) == (notional is None):
        raise InvalidArgumentError("exactly one of size and notional must be given", field="size")
    amount = {"size": size} if notional is None else {"notional": notional}
    return api.GetQuoteRequest(
        market=market,
        side=api.QuoteSide.Value(f"QUOTE_SIDE_{request_side(side).upper()}"),
        venues=fields.names(venues),
        beyond_proved=beyond_proved,
        quote_currencies=fields.names(quote_currencies),
        **{name: fields.decimal_text(name, value, above_zero=True) for name, value in amount.items()},  # type: ignore[arg-type]
    )
