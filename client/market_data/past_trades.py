"""Trades of the past: requests and calls."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any, Literal, overload

from onebook.v1 import history_pb2 as api
from onebook.v1 import types_pb2 as pb

from .. import fields
from ..calls import Calls
from ..fields import Names, Time
from ..numbers import Number, Scales
from ..pages import Pages
from ..rows import Rows
from .past_range import past_query, past_range
from .trades import Trade, from_message


def trade_pages(
    scales: Scales[Number],
    market: str,
    venues: Names = (),
    start: Time | None = None,
    end: Time | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> Pages[pb.Trade, Trade[Number]]:
    """ListTrades."""
    past = past_range(start, end, newest_first, limit)
    request = api.ListTradesRequest(market=market, venues=fields.names(venues), range=past)
    query = past_query("past trades", "ListTrades", request)
    return Pages(query, attrgetter("trades"), partial(from_message, scales=scales), Trade, limit)


class PastTradeCalls(Calls[Number]):
    """A part of `Client`."""

    @overload
    def past_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[False] = ...,
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> Rows[Trade[Number]]: ...

    @overload
    def past_trades(
        self,
        market: str = ...,
        *,
        raw: Literal[True],
        venues: Names = ...,
        start: Time | None = ...,
        end: Time | None = ...,
        newest_first: bool = ...,
        limit: int | None = ...,
    ) -> tuple[pb.Trade, ...]: ...

    def past_trades(
        self,
        market: str = "",
        *,
        raw: bool = False,
        venues: Names = (),
        start: Time | None = None,
        end: Time | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Any:
        """Trades by the venues' clocks, oldest first.

        `start` (included) and `end` (not included) are datetimes or nanoseconds: without them the oldest that is kept,
        and now. `newest_first` turns the order round, `limit` is the largest number of rows. Raises
        FailedPreconditionError where the server keeps no history.
        """
        pages = trade_pages(
            self._scales,
            market,
            venues=venues,
            start=start,
            end=end,
            newest_first=newest_first,
            limit=limit,
        )
        return self._pages(pages, raw)
