"""All calls of the async client.

Written by scripts/generate_client.py: change the files that are imported here instead.
"""

from __future__ import annotations

from ..numbers import Number
from .aio_averages import AsyncAveragesCalls
from .aio_books import AsyncBookCalls
from .aio_candles import AsyncCandleCalls
from .aio_markets import AsyncMarketCalls
from .aio_open_interest import AsyncOpenInterestCalls
from .aio_order_flow import AsyncOrderFlowCalls
from .aio_past_books import AsyncPastBookCalls
from .aio_past_states import AsyncPastStateCalls
from .aio_past_trades import AsyncPastTradeCalls
from .aio_quotes import AsyncQuoteCalls
from .aio_summaries import AsyncSummaryCalls
from .aio_trades import AsyncTradeCalls
from .aio_venue_status import AsyncVenueStatusCalls
from .aio_vwap import AsyncVwapCalls

__all__ = ["AsyncClientCalls"]


class AsyncClientCalls(
    AsyncBookCalls[Number],
    AsyncMarketCalls[Number],
    AsyncPastBookCalls[Number],
    AsyncPastStateCalls[Number],
    AsyncPastTradeCalls[Number],
    AsyncSummaryCalls[Number],
    AsyncTradeCalls[Number],
    AsyncVenueStatusCalls[Number],
    AsyncAveragesCalls[Number],
    AsyncCandleCalls[Number],
    AsyncOpenInterestCalls[Number],
    AsyncOrderFlowCalls[Number],
    AsyncQuoteCalls[Number],
    AsyncVwapCalls[Number],
):
    """Every call of the contract."""
