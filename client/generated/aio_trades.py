"""The async calls of client/market_data/trades.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from typing import Any, Literal, overload

from onebook.v1 import types_pb2 as pb

from ..aio_stream import AsyncStream
from ..fields import Names, Time
from ..market_data.trades import GapHandler, Trade, stream_query
from ..numbers import Number
from .aio_calls import AsyncCalls


class AsyncTradeCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    @overload
    def stream_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        disconnect_on_overflow: bool = ...,
        on_gap: GapHandler | None = ...,
        start: Time | None = ...,
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
        start: Time | None = ...,
    ) -> AsyncStream[pb.Trade]: ...

    def stream_trades(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        disconnect_on_overflow: bool = False,
        on_gap: GapHandler | None = None,
        start: Time | None = None,
    ) -> AsyncStream[Any]:
        """Every trade of a market as it arrives, each once.

        Trades that the server could not have are reported to `on_gap` in their place between the others, and in the
        log. A client that does not keep up loses the oldest (`Trade.dropped`, `Stream.missed`); with
        `disconnect_on_overflow` the stream ends and reconnects instead.

        A stream that was disconnected continues where it ended, as far as the server keeps a history. `start` (a
        datetime or nanoseconds) begins with the trades that the server has received from then on; raises
        FailedPreconditionError where it keeps no history.
        """
        return self._stream(
            stream_query(
                self._scales,
                market,
                venues=venues,
                disconnect_on_overflow=disconnect_on_overflow,
                on_gap=on_gap,
                start=start,
            ),
            raw,
        )
