"""The async calls of client/analytics/quotes.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import analytics_pb2 as api

from ..aio_stream import AsyncStream
from ..analytics.quotes import OrderSide, Quote, get_query, quote_request, stream_query
from ..fields import Exact, Names
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncQuoteCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

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
    ) -> AsyncStream[Quote[Number]]: ...

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
    ) -> AsyncStream[api.Quote]: ...

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
    ) -> AsyncStream[Any]:
        """The price of an order as in `quote`, then again whenever the answer changes.

        `min_interval` is the shortest time between two messages in seconds; 0 is the server's own, 0.1 seconds.
        """
        return self._stream(
            stream_query(
                self._scales,
                quote_request(market, side, size, notional, venues, beyond_proved, quote_currencies),
                min_interval,
            ),
            raw,
        )

    @overload
    async def quote(
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
    async def quote(
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

    async def quote(
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
        return await self._ask(
            get_query(
                self._scales,
                quote_request(market, side, size, notional, venues, beyond_proved, quote_currencies),
            ),
            raw,
        )
