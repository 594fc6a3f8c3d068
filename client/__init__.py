"""The Python client of onebook: consolidated order books of many exchanges, streamed over gRPC.

    from onebook.client import Client

    with Client("127.0.0.1:50052") as client:
        for book in client.stream_book("BTC/USDT"):
            print(book.best_bid, book.best_ask, book.spread, book.live_venues)

Prices and sizes are exact `Decimal`s (`numbers="float"` for floats). Streams find their server again by themselves
and say so (`on_event`, the log `onebook.client`). `AsyncClient` has the same methods for asyncio. In a terminal:
`onebook watch`, `onebook candles`, `onebook quote`.
"""

from .aio import AsyncClient
from .aio_stream import AsyncStream
from .analytics_messages import (
    Averages,
    Candle,
    CandleSource,
    CandleState,
    MissingVenue,
    OpenInterest,
    Quote,
    QuoteSlice,
    Reconciliation,
    TradeVwap,
    VenueInterest,
)
from .backoff import Backoff
from .control import CommandedBook, ControlClient
from .errors import (
    AlreadyExistsError,
    ClientClosedError,
    DeadlineError,
    FailedPreconditionError,
    IdleError,
    InvalidArgumentError,
    NotFoundError,
    OnebookError,
    PermissionDeniedError,
    ProtocolError,
    ResourceExhaustedError,
    ServerError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)
from .events import Connected, Event, Reconnecting
from .message_parts import Conversion, Header, Level, PriceAverage, Side, TradesState, VenueQuality, VenueState
from .messages import Book, Listing, Market, Summary, Trade, TradeGap, Venue, VenueStatus
from .order_flow import FlowWindow, OrderFlow, VenueFlow
from .stream import Stream
from .sync import Client

__all__ = [
    "AlreadyExistsError",
    "AsyncClient",
    "AsyncStream",
    "Averages",
    "Backoff",
    "Book",
    "Candle",
    "CandleSource",
    "CandleState",
    "Client",
    "ClientClosedError",
    "CommandedBook",
    "Connected",
    "ControlClient",
    "Conversion",
    "DeadlineError",
    "Event",
    "FailedPreconditionError",
    "FlowWindow",
    "Header",
    "IdleError",
    "InvalidArgumentError",
    "Level",
    "Listing",
    "Market",
    "MissingVenue",
    "NotFoundError",
    "OnebookError",
    "OpenInterest",
    "OrderFlow",
    "PermissionDeniedError",
    "PriceAverage",
    "ProtocolError",
    "Quote",
    "QuoteSlice",
    "Reconciliation",
    "Reconnecting",
    "ResourceExhaustedError",
    "ServerError",
    "Side",
    "Stream",
    "Summary",
    "Trade",
    "TradeGap",
    "TradeVwap",
    "TradesState",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "Venue",
    "VenueFlow",
    "VenueInterest",
    "VenueQuality",
    "VenueState",
    "VenueStatus",
]
