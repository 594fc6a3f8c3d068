"""All calls of the sync client, and the messages of their answers.

Written by scripts/generate_client.py: change the files that are imported here instead.
"""

from __future__ import annotations

from ..analytics.averages import Averages, AveragesCalls
from ..analytics.candles import Candle, CandleCalls, CandleSource, CandleState, MissingVenue, Reconciliation
from ..analytics.open_interest import OpenInterest, OpenInterestCalls, VenueInterest
from ..analytics.order_flow import FlowWindow, OrderFlow, OrderFlowCalls, VenueFlow
from ..analytics.quotes import Quote, QuoteCalls, QuoteSlice
from ..analytics.vwap import TradeVwap, VwapCalls
from ..market_data.books import Book, BookCalls
from ..market_data.markets import Listing, Market, MarketCalls, Venue
from ..market_data.past_books import PastBookCalls
from ..market_data.past_states import PastInterest, PastStateCalls, VenueStateChange
from ..market_data.past_trades import PastTradeCalls
from ..market_data.summaries import Summary, SummaryCalls
from ..market_data.trades import Trade, TradeCalls, TradeGap
from ..market_data.venue_status import VenueStatus, VenueStatusCalls
from ..numbers import Number

__all__ = [
    "Averages",
    "Book",
    "Candle",
    "CandleSource",
    "CandleState",
    "FlowWindow",
    "Listing",
    "Market",
    "MissingVenue",
    "OpenInterest",
    "OrderFlow",
    "PastInterest",
    "Quote",
    "QuoteSlice",
    "Reconciliation",
    "Summary",
    "Trade",
    "TradeGap",
    "TradeVwap",
    "Venue",
    "VenueFlow",
    "VenueInterest",
    "VenueStateChange",
    "VenueStatus",
]


class ClientCalls(
    BookCalls[Number],
    MarketCalls[Number],
    PastBookCalls[Number],
    PastStateCalls[Number],
    PastTradeCalls[Number],
    SummaryCalls[Number],
    TradeCalls[Number],
    VenueStatusCalls[Number],
    AveragesCalls[Number],
    CandleCalls[Number],
    OpenInterestCalls[Number],
    OrderFlowCalls[Number],
    QuoteCalls[Number],
    VwapCalls[Number],
):
    """Every call of the contract."""
