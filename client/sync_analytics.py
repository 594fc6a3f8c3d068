"""The calls of the sync client to onebook.v1.AnalyticsService.

scripts/generate_async.py makes the async ones of this file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from onebook.v1 import analytics_pb2 as api

from . import analytics_queries as queries
from . import fields, order_flow
from .analytics_messages import Averages, Candle, OpenInterest, Quote, TradeVwap
from .arguments import named_arguments
from .numbers import Number, Scales
from .order_flow import OrderFlow
from .queries import Query
from .stream import Stream

if TYPE_CHECKING:
    from .analytics_queries import Fill, OrderSide
    from .fields import Exact, Names, Time

T = TypeVar("T")


@named_arguments
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
        levels: int = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[Averages[Number]]: ...

    @overload
    def stream_averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[True],
        levels: int = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[api.Averages]: ...

    def stream_averages(
        self,
        market: str = "",
        vwap_levels: int = 0,
        *,
        raw: bool = False,
        levels: int = 0,
        venues: Names = (),
        min_interval: float = 0.0,
    ) -> Stream[Any]:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20), then every change.

        `levels` is another name of `vwap_levels`; `venues` keeps only these venues; `min_interval` is the shortest time
        between two messages in seconds; 0 is the server's own, 1 second.
        """
        return self._stream(
            queries.stream_averages(
                self._scales, market, fields.one_of(vwap_levels, levels), venues=venues, min_interval=min_interval
            ),
            raw,
        )

    @overload
    def stream_trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
        disconnect_on_overflow: bool = ...,
    ) -> Stream[TradeVwap[Number]]: ...

    @overload
    def stream_trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
        disconnect_on_overflow: bool = ...,
    ) -> Stream[api.TradeVwap]: ...

    def stream_trade_vwap(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        trades: int | None = None,
        window: float | None = None,
        disconnect_on_overflow: bool = False,
    ) -> Stream[Any]:
        """Volume-weighted average price of the newest trades, a new value for every trade.

        The window is the newest `trades` (200 if neither is given), or `window` seconds up to the newest trade; `venue`
        takes one venue's trades. A client that does not keep up loses the oldest values (`TradeVwap.dropped`,
        `Stream.missed`); with `disconnect_on_overflow` the stream ends and reconnects instead.
        """
        return self._stream(
            queries.stream_trade_vwap(
                self._scales,
                market,
                venue=venue,
                trades=trades,
                window=window,
                disconnect_on_overflow=disconnect_on_overflow,
            ),
            raw,
        )

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
    ) -> Stream[Any]:
        """Every candle of these intervals when it closes, and again with a higher revision whenever it is corrected.

        None is 1m; a single interval may stand alone. `venue` takes one venue's candles; `fill` says what stands for
        intervals without trades ("none", "previous" or "null"). With `include_open` the candle in progress comes too,
        at most once a second. What closed while the client was away is not sent afterwards: ask `candles`. Overflow as
        in `stream_trade_vwap`.
        """
        return self._stream(
            queries.stream_candles(
                self._scales,
                market,
                intervals,
                venue=venue,
                fill=fill,
                include_open=include_open,
                disconnect_on_overflow=disconnect_on_overflow,
            ),
            raw,
        )

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[False] = ...) -> Stream[OpenInterest[Number]]: ...

    @overload
    def stream_open_interest(self, market: str = ..., *, raw: Literal[True]) -> Stream[api.OpenInterest]: ...

    def stream_open_interest(self, market: str = "", *, raw: bool = False) -> Stream[Any]:
        """Newest open interest of every venue with contracts on this market, then every change."""
        return self._stream(queries.stream_open_interest(self._scales, market), raw)

    @overload
    def stream_quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[False] = ...,
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
    ) -> Stream[Quote[Number]]: ...

    @overload
    def stream_quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[True],
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
        min_interval: float = ...,
    ) -> Stream[api.Quote]: ...

    def stream_quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: bool = False,
        size: Exact | None = None,
        notional: Exact | None = None,
        venues: Names = (),
        beyond_proved: bool = False,
        quote_currencies: Names = (),
        min_interval: float = 0.0,
    ) -> Stream[Any]:
        """The price of an order as in `quote`, then again whenever the answer changes.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 0.1 seconds.
        """
        return self._stream(
            queries.stream_quote(
                self._scales,
                market,
                side,
                size=size,
                notional=notional,
                venues=venues,
                beyond_proved=beyond_proved,
                quote_currencies=quote_currencies,
                min_interval=min_interval,
            ),
            raw,
        )

    @overload
    def stream_order_flow(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[OrderFlow[Number]]: ...

    @overload
    def stream_order_flow(
        self,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        min_interval: float = ...,
    ) -> Stream[api.OrderFlow]: ...

    def stream_order_flow(
        self,
        market: str = "",
        levels: int = 0,
        *,
        raw: bool = False,
        venues: Names = (),
        min_interval: float = 0.0,
    ) -> Stream[Any]:
        """Order flow of the best `levels` a side as in `order_flow`, then every change.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 1 second.
        """
        return self._stream(
            order_flow.stream(self._scales, market, levels, venues=venues, min_interval=min_interval), raw
        )

    # Now

    @overload
    def averages(
        self,
        market: str = ...,
        vwap_levels: int = ...,
        *,
        raw: Literal[False] = ...,
        levels: int = ...,
        venues: Names = ...,
    ) -> Averages[Number]: ...

    @overload
    def averages(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], levels: int = ..., venues: Names = ...
    ) -> api.Averages: ...

    def averages(
        self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, levels: int = 0, venues: Names = ()
    ) -> Any:
        """Averages of the book VWAP price over `vwap_levels` a side (0 is 20) now; `levels` is another name of it."""
        return self._ask(queries.averages(self._scales, market, fields.one_of(vwap_levels, levels), venues=venues), raw)

    @overload
    def trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
    ) -> TradeVwap[Number]: ...

    @overload
    def trade_vwap(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venue: str = ...,
        trades: int | None = ...,
        window: float | None = ...,
    ) -> api.TradeVwap: ...

    def trade_vwap(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venue: str = "",
        trades: int | None = None,
        window: float | None = None,
    ) -> Any:
        """Volume-weighted average price of the newest trades now; options as in `stream_trade_vwap`."""
        return self._ask(queries.trade_vwap(self._scales, market, venue=venue, trades=trades, window=window), raw)

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
    ) -> tuple[Candle[Number], ...]: ...

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
    ) -> tuple[Any, ...]:
        """Candles that the server has, oldest first, all pages of them; an empty interval is 1m.

        `venue` takes one venue's candles; `start` and `end` are datetimes or nanoseconds, and say when candles open;
        `fill` says what stands for intervals without trades; `include_open` adds the candle in progress; `page_size` is
        the number of candles of one call to the server (0 is the server's own).
        """
        query: Query[api.GetCandlesResponse, tuple[Candle[Number], ...]] | None
        query = queries.candles(
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
        found: list[Any] = []
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
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[False] = ...,
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
    ) -> Quote[Number]: ...

    @overload
    def quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: Literal[True],
        size: Exact | None = ...,
        notional: Exact | None = ...,
        venues: Names = ...,
        beyond_proved: bool = ...,
        quote_currencies: Names = ...,
    ) -> api.Quote: ...

    def quote(
        self,
        market: str,
        side: OrderSide,
        *,
        raw: bool = False,
        size: Exact | None = None,
        notional: Exact | None = None,
        venues: Names = (),
        beyond_proved: bool = False,
        quote_currencies: Names = (),
    ) -> Any:
        """What an order of `size` base units, or of `notional` quote units before fees, would cost or bring now.

        `side` is "buy" or "sell"; `market` may be empty. The best prices of all live venues after their taker fees are
        taken, in lots of the venues; `venues` keeps only these. `beyond_proved` takes levels beyond those that the
        books are proved complete to, too. `quote_currencies` merges the books of the same base in other quote
        currencies, converted. What cannot be had is said in `Quote.filled` and `Quote.reason`, not raised.
        """
        return self._ask(
            queries.quote(
                self._scales,
                market,
                side,
                size=size,
                notional=notional,
                venues=venues,
                beyond_proved=beyond_proved,
                quote_currencies=quote_currencies,
            ),
            raw,
        )

    @overload
    def order_flow(
        self, market: str = ..., levels: int = ..., *, raw: Literal[False] = ..., venues: Names = ...
    ) -> OrderFlow[Number]: ...

    @overload
    def order_flow(
        self, market: str = ..., levels: int = ..., *, raw: Literal[True], venues: Names = ...
    ) -> api.OrderFlow: ...

    def order_flow(self, market: str = "", levels: int = 0, *, raw: bool = False, venues: Names = ()) -> Any:
        """Order flow of the best `levels` a side (1 to 10; 0 is 5) over the server's windows: order-flow imbalance,
        imbalance of the book, and volume of the aggressors, per venue and together; `venues` keeps only these.

        The server counts from the first question on: windows that reach back before it are partial.
        """
        return self._ask(order_flow.get(self._scales, market, levels, venues=venues), raw)
