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
from .events import Connected, Event, Reconnecting, Resumed
from .frames import to_frame
from .generated import client_calls
from .generated.client_calls import *  # noqa: F403 - the messages of all calls
from .message_parts import Conversion, Header, Level, PriceAverage, Side, TradesState, VenueQuality, VenueState
from .rows import Rows
from .stream import Stream
from .sync import Client

__all__ = [
    "AlreadyExistsError",
    "AsyncClient",
    "AsyncStream",
    "Backoff",
    "Client",
    "ClientClosedError",
    "CommandedBook",
    "Connected",
    "ControlClient",
    "Conversion",
    "DeadlineError",
    "Event",
    "FailedPreconditionError",
    "Header",
    "IdleError",
    "InvalidArgumentError",
    "Level",
    "NotFoundError",
    "OnebookError",
    "PermissionDeniedError",
    "PriceAverage",
    "ProtocolError",
    "Reconnecting",
    "ResourceExhaustedError",
    "Resumed",
    "Rows",
    "ServerError",
    "Side",
    "Stream",
    "TradesState",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "VenueQuality",
    "VenueState",
    "to_frame",
]
__all__ += client_calls.__all__
