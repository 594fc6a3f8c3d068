"""The sync client. Every method is a request from `queries`, sent over one channel."""

from __future__ import annotations

import weakref
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import grpc

from onebook.v1 import types_pb2 as pb

from . import queries, status
from .backoff import Backoff
from .errors import ClientClosedError
from .events import EventHandler
from .messages import Book, Market, Summary, Trade, Venue, VenueStatus
from .numbers import Number, NumberKind, Scales
from .options import sync_options
from .queries import Query
from .settings import DEFAULT_TARGET, ClientOptions, Pem, Settings, Token
from .stream import Stream
from .sync_analytics import AnalyticsCalls
from .watchdog import Watchdog

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .queries import PaceOptions, TradeOptions, ViewOptions, ViewStreamOptions

T = TypeVar("T")


class Client(AnalyticsCalls[Number]):
    """A onebook server, read with plain iterators.

    Methods may be called from several threads; one stream belongs to one thread. Close the client, or use it as a
    context manager, to end its streams and its connection. Every error is an `OnebookError`; see `errors`.

    `market` is BASE/QUOTE, and empty for the server's first market. `raw=True` yields the protobuf messages of
    `onebook.v1` as they are. All keyword arguments of the constructor are explained in `settings.Settings`.
    """

    @overload
    def __init__(
        self: Client[Decimal],
        target: str = ...,
        *,
        numbers: Literal["decimal"] = ...,
        **options: Unpack[ClientOptions],
    ) -> None: ...

    @overload
    def __init__(
        self: Client[float], target: str = ..., *, numbers: Literal["float"], **options: Unpack[ClientOptions]
    ) -> None: ...

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        numbers: NumberKind = "decimal",
        timeout: float = 5.0,
        idle_timeout: float | None = 15.0,
        reconnect: bool = True,
        max_gap: float | None = None,
        heartbeats: bool = False,
        on_event: EventHandler | None = None,
        tls: bool = False,
        root_certificates: Pem | None = None,
        client_certificate: tuple[Pem, Pem] | None = None,
        server_name: str = "",
        token: Token | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._scales: Scales[Number] = Scales(numbers)
        self._settings = Settings(
            target=target,
            timeout=timeout,
            idle_timeout=idle_timeout,
            reconnect=reconnect,
            max_gap=max_gap,
            heartbeats=heartbeats,
            on_event=on_event,
            tls=tls,
            root_certificates=root_certificates,
            client_certificate=client_certificate,
            server_name=server_name,
            token=token,
            backoff=backoff or Backoff(),
        )
        self._channel = open_channel(self._settings)
        self._stubs: dict[Any, Any] = {}
        self._watchdog = None if idle_timeout is None else Watchdog(idle_timeout)
        self._streams: weakref.WeakSet[Stream[Any]] = weakref.WeakSet()
        self._closed = False

    @property
    def target(self) -> str:
        """HOST:PORT of the server."""
        return self._settings.target

    # Streams

    @overload
    def stream_book(
        self, market: str = ..., levels: int = ..., *, raw: Literal[False] = ..., **view: Unpack[ViewStreamOptions]
    ) -> Stream[Book[Number]]: ...

    @overload
    def stream_book(
        self, market: str = ..., levels: int = ..., *, raw: Literal[True], **view: Unpack[ViewStreamOptions]
    ) -> Stream[pb.Book]: ...

    def stream_book(self, market: str = "", levels: int = 0, *, raw: bool = False, **view: Any) -> Stream[Any]:
        """The consolidated book, then every change: whole books of `levels` a side (0 is the server's own number).

        `venues` keeps only these venues, `dust` hides levels whose size is not strictly greater, `min_interval` is
        the shortest time between two messages in seconds. `quote_currencies` merges the books of the same base in
        other quote currencies too, converted with the server's own books (`Book.conversions`).
        """
        return self._stream(queries.stream_book(self._scales, market, levels, **view), raw)

    @overload
    def stream_summary(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[False] = ..., **view: Unpack[ViewStreamOptions]
    ) -> Stream[Summary[Number]]: ...

    @overload
    def stream_summary(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], **view: Unpack[ViewStreamOptions]
    ) -> Stream[pb.Summary]: ...

    def stream_summary(self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, **view: Any) -> Stream[Any]:
        """Best bid and ask, spread, mid and VWAPs over `vwap_levels` a side (0 is 20), then every change.

        Options as in `stream_book`.
        """
        return self._stream(queries.stream_summary(self._scales, market, vwap_levels, **view), raw)

    @overload
    def stream_venue_book(
        self,
        venue: str,
        market: str = ...,
        levels: int = ...,
        *,
        raw: Literal[False] = ...,
        **pace: Unpack[PaceOptions],
    ) -> Stream[Book[Number]]: ...

    @overload
    def stream_venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[True], **pace: Unpack[PaceOptions]
    ) -> Stream[pb.Book]: ...

    def stream_venue_book(
        self, venue: str, market: str = "", levels: int = 0, *, raw: bool = False, **pace: Any
    ) -> Stream[Any]:
        """One venue's book at the venue's own scales; empty, with the reason in `venues[0]`, while it is withdrawn."""
        return self._stream(queries.stream_venue_book(self._scales, venue, market, levels, **pace), raw)

    @overload
    def stream_venue_status(self, market: str = ..., *, raw: Literal[False] = ...) -> Stream[VenueStatus[Number]]: ...

    @overload
    def stream_venue_status(self, market: str = ..., *, raw: Literal[True]) -> Stream[pb.VenueStatus]: ...

    def stream_venue_status(self, market: str = "", *, raw: bool = False) -> Stream[Any]:
        """State of every venue of a market, then every change of a state."""
        return self._stream(queries.stream_venue_status(self._scales, market), raw)

    @overload
    def stream_trades(
        self, market: str = ..., *, raw: Literal[False] = ..., **options: Unpack[TradeOptions]
    ) -> Stream[Trade[Number]]: ...

    @overload
    def stream_trades(
        self, market: str = ..., *, raw: Literal[True], **options: Unpack[TradeOptions]
    ) -> Stream[pb.Trade]: ...

    def stream_trades(self, market: str = "", *, raw: bool = False, **options: Any) -> Stream[Any]:
        """Every trade of a market as it arrives, each once.

        Trades that the server could not have are told to `on_gap` in their place between the others, and in the log.
        A client that does not keep up loses the oldest (`Trade.dropped`, `Stream.missed`); with
        `disconnect_on_overflow` the stream ends and reconnects instead.
        """
        return self._stream(queries.stream_trades(self._scales, market, **options), raw)

    # Now

    @overload
    def book(
        self, market: str = ..., levels: int = ..., *, raw: Literal[False] = ..., **view: Unpack[ViewOptions]
    ) -> Book[Number]: ...

    @overload
    def book(
        self, market: str = ..., levels: int = ..., *, raw: Literal[True], **view: Unpack[ViewOptions]
    ) -> pb.Book: ...

    def book(self, market: str = "", levels: int = 0, *, raw: bool = False, **view: Any) -> Any:
        """The consolidated book now."""
        return self._ask(queries.book(self._scales, market, levels, **view), raw)

    @overload
    def summary(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[False] = ..., **view: Unpack[ViewOptions]
    ) -> Summary[Number]: ...

    @overload
    def summary(
        self, market: str = ..., vwap_levels: int = ..., *, raw: Literal[True], **view: Unpack[ViewOptions]
    ) -> pb.Summary: ...

    def summary(self, market: str = "", vwap_levels: int = 0, *, raw: bool = False, **view: Any) -> Any:
        """Best bid and ask, spread, mid and VWAPs now."""
        return self._ask(queries.summary(self._scales, market, vwap_levels, **view), raw)

    @overload
    def venue_book(
        self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[False] = ...
    ) -> Book[Number]: ...

    @overload
    def venue_book(self, venue: str, market: str = ..., levels: int = ..., *, raw: Literal[True]) -> pb.Book: ...

    def venue_book(self, venue: str, market: str = "", levels: int = 0, *, raw: bool = False) -> Any:
        """One venue's book now, at the venue's own scales."""
        return self._ask(queries.venue_book(self._scales, venue, market, levels), raw)

    @overload
    def venue_status(self, market: str = ..., *, raw: Literal[False] = ...) -> VenueStatus[Number]: ...

    @overload
    def venue_status(self, market: str = ..., *, raw: Literal[True]) -> pb.VenueStatus: ...

    def venue_status(self, market: str = "", *, raw: bool = False) -> Any:
        """State of every venue of a market now."""
        return self._ask(queries.venue_status(self._scales, market), raw)

    def markets(self) -> tuple[Market, ...]:
        """The markets that the server keeps; the first is the default."""
        return self._ask(queries.markets())

    def venues(self) -> tuple[Venue, ...]:
        """The venues that the server reads, by name."""
        return self._ask(queries.venues())

    # Plumbing

    def _stream(self, query: Query[Any, T], raw: bool) -> Stream[T]:
        stream = Stream(query.raw() if raw else query, self._settings, self._open_call, self._watchdog)
        self._streams.add(stream)
        return stream

    def _open_call(self, query: Query[Any, Any]) -> Any:
        return self._method(query)(query.request, metadata=self._settings.metadata())

    def _ask(self, query: Query[Any, T], raw: bool = False) -> T:
        method, metadata = self._method(query), self._settings.metadata()
        try:
            response = method(query.request, timeout=self._settings.timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise status.from_call(error, self._settings.target) from None
        message = query.unwrap(response)
        return message if raw else query.convert(message)

    def _method(self, query: Query[Any, Any]) -> Any:
        if self._closed:
            raise ClientClosedError(f"{query.label}: the client is closed")
        return query.method_of(self._channel, self._stubs)

    def close(self) -> None:
        """End all streams and the connection. Closing twice is fine."""
        self._closed = True
        for stream in list(self._streams):
            stream.close()
        if self._watchdog is not None:
            self._watchdog.stop()
        self._channel.close()

    def __enter__(self) -> Client[Number]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_channel(settings: Settings) -> grpc.Channel:
    """A channel of this client's own."""
    credentials, options = settings.credentials(), settings.channel_options(sync_options())
    if credentials is None:
        return grpc.insecure_channel(settings.target, options)
    return grpc.secure_channel(settings.target, credentials, options)
