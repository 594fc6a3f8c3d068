"""The async calls of client/market_data/markets.py.

Written by scripts/generate_client.py: change that file instead.
"""

from __future__ import annotations

from ..market_data.markets import (
    Market,
    Venue,
    markets_query,
    venues_query,
)
from ..numbers import Number
from ..rows import Rows
from .aio_calls import AsyncCalls


class AsyncMarketCalls(AsyncCalls[Number]):
    """A part of `AsyncClient`."""

    async def markets(self) -> Rows[Market]:
        """The markets that the server keeps; the first is the default."""
        return await self._ask(markets_query())

    async def venues(self) -> Rows[Venue]:
        """The venues that the server reads, by name."""
        return await self._ask(venues_query())
