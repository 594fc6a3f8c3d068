"""The calls of the sync client to onebook.v1.AnalyticsService."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from onebook.v1 import analytics_pb2 as api

from . import analytics_queries as queries
from .analytics_messages import Averages, Candle, OpenInterest, Quote, TradeVwap
from .numbers import Number, Scales
from .queries import Query
from .stream import Stream

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .analytics_queries import (
        AverageOptions,
        AverageStreamOptions,
        CandleOptions,
        CandleStreamOptions,
        OrderSide,
        QuoteOptions,
        QuoteStreamOptions,
        VwapOptions,
        VwapStreamOptions,
    )
    from .fields import Names

T = TypeVar("T")


class AnalyticsCalls(ABC, Generic[Number]):
    """A part of `Client`."""

    _scales: Scales[Number]

    @abstractmethod
    def _stream(self, query: Query[Any, T], raw: bool) -> Stream[T]: ...

    @abstractmethod
    def _ask(self, query: Query[Any, T], raw: bool = False) -> T: ...

    # Streams

    @overload
    def stream_averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        **options: Unpack[AverageStreamOptions],
    ) -> Stream[Averages[Number]]: ...

    @overload
    def stream_averages(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], **options: Unpack[AverageStreamOptions]
    ) -> Stream[api.Averages]: ...

    def stream_averages(
        self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, **options: Any
    ) -> Stream[Any]:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20), then every change.

        `venues` keeps only these venues; `min_interval` is the shortest time between two messages in seconds; 0 is
        the server's own, 1 second.
        """
        return self._stream(queries.stream_averages(self._scales, market, vwap_levels, **options), raw)

    @overload
    def stream_trade_vwap(
        self, market: str = ..., *, raw: Literal[False] = ..., **options: Unpack[VwapStreamOptions]
    ) -> Stream[TradeVwap[Number]]: ...

    @overload
    def stream_trade_vwap(
        self, market: str = ..., *, raw: Literal[True], **options: Unpack[VwapStreamOptions]
    ) -> Stream[api.TradeVwap]: ...

    def stream_trade_vwap(self, market: str = "", *, raw: bool = False, **options: Any) -> Stream[Any]:
        """Volume-weighted average price of the newest trades, a new value for every trade.

        The window is the newest `trades` (200 if nothing is said), or `window` seconds up to the newest trade; `venue`
        takes one venue's trades. A client that does not keep up loses the oldest values (`TradeVwap.dropped`,
        `Stream.missed`); with `disconnect_on_overflow` the stream ends and reconnects instead.
        """
        return self._stream(queries.stream_trade_vwap(self._scales, market, **options), raw)

    @overload
    def stream_candles(
        self,
        market: str = ...,
        intervals: Names = ...,
        *,
        raw: Literal[False] = ...,
        **options: Unpack[CandleStreamOptions],
    ) -> Stream[Candle[Number]]: ...

    @overload
    def stream_candles(
        self, market: str = ..., intervals: Names = ..., *, raw: Literal[True], **options: Unpack[CandleStreamOptions]
    ) -> Stream[api.Candle]: ...

    def stream_candles(
        self, market: str = "", intervals: Names = (), *, raw: bool = False, **options: Any
    ) -> Stream[Any]:
        """Every candle of these intervals when it closes, and again with a higher revision whenever it is corrected.

        None is 1m; a single interval may stand alone. With `include_open` the candle in progress comes too, at most
        once a second. What closed while the client was away is not sent afterwards: ask `candles`. Overflow as in
        `stream_trade_vwap`.
        """
        return self._stream(queries.stream_candles(self._scales, market, intervals, **options), raw)

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[False] = ...) -> Stream[OpenInterest[Number]]: ...

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[True]) -> Stream[api.OpenInterest]: ...

    def stream_open_interest(self, market: str = "", *, raw: bool = False) -> Stream[Any]:
        """Newest open interest of every venue with contracts on this market, then every change."""
        return self._stream(queries.stream_open_interest(self._scales, market), raw)

    @overload
    def stream_quote(
        self, market: str, side: OrderSide, *, raw: Literal[False] = ..., **options: Unpack[QuoteStreamOptions]
    ) -> Stream[Quote[Number]]: ...

    @overload
    def stream_quote(
        self, market: str, side: OrderSide, *, raw: Literal[True], **options: Unpack[QuoteStreamOptions]
    ) -> Stream[api.Quote]: ...

    def stream_quote(self, market: str, side: OrderSide, *, raw: bool = False, **options: Any) -> Stream[Any]:
        """The price of an order as in `quote`, then again whenever the answer changes.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 0.1 seconds.
        """
        return self._stream(queries.stream_quote(self._scales, market, side, **options), raw)

    # Now

    @overload
    def averages(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[False] = ..., **options: Unpack[AverageOptions]
    ) -> Averages[Number]: ...

    @overload
    def averages(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], **options: Unpack[AverageOptions]
    ) -> api.Averages: ...

    def averages(self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, **options: Any) -> Any:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20) now."""
        return self._ask(queries.averages(self._scales, market, vwap_levels, **options), raw)

    @overload
    def trade_vwap(
        self, market: str = ..., *, raw: Literal[False] = ..., **options: Unpack[VwapOptions]
    ) -> TradeVwap[Number]: ...

    @overload
    def trade_vwap(self, market: str = ..., *, raw: Literal[True], **options: Unpack[VwapOptions]) -> api.TradeVwap: ...

    def trade_vwap(self, market: str = "", *, raw: bool = False, **options: Any) -> Any:
        """Volume-weighted average price of the newest trades now; options as in `stream_trade_vwap`."""
        return self._ask(queries.trade_vwap(self._scales, market, **options), raw)

    @overload
    def candles(
        self, market: str = ..., interval: str = ..., *, raw: Literal[False] = ..., **options: Unpack[CandleOptions]
    ) -> tuple[Candle[Number], ...]: ...

    @overload
    def candles(
        self, market: str = ..., interval: str = ..., *, raw: Literal[True], **options: Unpack[CandleOptions]
    ) -> tuple[api.Candle, ...]: ...

    def candles(self, market: str = "", interval: str = "", *, raw: bool = False, **options: Any) -> tuple[Any, ...]:
        """Candles that the server has, oldest first, all pages of them; an empty interval is 1m.

        `venue` takes one venue's candles; `start` and `end` are datetimes or nanoseconds, and say when candles open;
        `fill` says what stands for intervals without trades; `include_open` adds the candle in progress.
        """
        query: Query[api.GetCandlesResponse, tuple[Candle[Number], ...]] | None
        query, found = queries.candles(self._scales, market, interval, **options), list[Any]()
        while query is not None:
            response = self._ask(query.raw())
            found += response.candles if raw else query.convert(response)
            query = queries.next_page(query, response)
        return tuple(found)

    @overload
    def open_interest(self, market: str = ..., *, raw: Literal[False] = ...) -> OpenInterest[Number]: ...

    @overload
    def open_interest(self, market: str = ..., *, raw: Literal[True]) -> api.OpenInterest: ...

    def open_interest(self, market: str = "", *, raw: bool = False) -> Any:
        """Newest open interest of every venue with contracts on this market."""
        return self._ask(queries.open_interest(self._scales, market), raw)

    @overload
    def quote(
        self, market: str, side: OrderSide, *, raw: Literal[False] = ..., **options: Unpack[QuoteOptions]
    ) -> Quote[Number]: ...

    @overload
    def quote(
        self, market: str, side: OrderSide, *, raw: Literal[True], **options: Unpack[QuoteOptions]
    ) -> api.Quote: ...

    def quote(self, market: str, side: OrderSide, *, raw: bool = False, **options: Any) -> Any:
        """What an order of `size` base units, or of `notional` quote units before fees, would cost or bring now.

        `side` is "buy" or "sell"; `market` may be empty. The best prices of all live venues after their taker fees are
        taken, in lots of the venues. What cannot be had is said in `Quote.filled` and `Quote.reason`, not raised.
        """
        return self._ask(queries.quote(self._scales, market, side, **options), raw)
