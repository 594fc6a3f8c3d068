"""The async client: the methods of `sync.Client` for asyncio. All that is not waiting is shared with it."""

from __future__ import annotations

import weakref
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, TypeVar, overload

import grpc
import grpc.aio

from . import status
from .aio_stream import AsyncStream
from .backoff import Backoff
from .errors import ClientClosedError
from .events import EventHandler
from .generated.aio_client_calls import AsyncClientCalls
from .numbers import Number, NumberKind, Scales
from .options import async_options
from .query import Query
from .settings import DEFAULT_TARGET, Pem, Settings, Token

T = TypeVar("T")


class AsyncClient(AsyncClientCalls[Number]):
    """A onebook server, read with async iterators.

    Belongs to the event loop of its first call. Close it, or use it as an async context manager, to end its streams
    and its connection. Every error is an `OnebookError`; see `errors`.

    `market` is BASE/QUOTE, and empty for the server's first market. `raw=True` yields the protobuf messages of
    `onebook.v1` as they are. All keyword arguments of the constructor are explained in `settings.Settings`.
    """

    @overload
    def __init__(
        self: AsyncClient[Decimal],
        target: str = ...,
        *,
        numbers: Literal["decimal"] = ...,
        timeout: float = ...,
        idle_timeout: float | None = ...,
        reconnect: bool = ...,
        resume: bool = ...,
        max_gap: float | None = ...,
        heartbeats: bool = ...,
        on_event: EventHandler | None = ...,
        tls: bool = ...,
        root_certificates: Pem | None = ...,
        client_certificate: tuple[Pem, Pem] | None = ...,
        server_name: str = ...,
        token: Token | None = ...,
        backoff: Backoff | None = ...,
    ) -> None: ...

    @overload
    def __init__(
        self: AsyncClient[float],
        target: str = ...,
        *,
        numbers: Literal["float"],
        timeout: float = ...,
        idle_timeout: float | None = ...,
        reconnect: bool = ...,
        resume: bool = ...,
        max_gap: float | None = ...,
        heartbeats: bool = ...,
        on_event: EventHandler | None = ...,
        tls: bool = ...,
        root_certificates: Pem | None = ...,
        client_certificate: tuple[Pem, Pem] | None = ...,
        server_name: str = ...,
        token: Token | None = ...,
        backoff: Backoff | None = ...,
    ) -> None: ...

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        numbers: NumberKind = "decimal",
        timeout: float = 5.0,
        idle_timeout: float | None = 15.0,
        reconnect: bool = True,
        resume: bool = True,
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
            resume=resume,
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
        self._channel: grpc.aio.Channel | None = None
        self._stubs: dict[Any, Any] = {}
        self._streams: weakref.WeakSet[AsyncStream[Any]] = weakref.WeakSet()
        self._closed = False

    @property
    def target(self) -> str:
        """HOST:PORT of the server."""
        return self._settings.target

    # Plumbing

    def _stream(self, query: Query[Any, T], raw: bool) -> AsyncStream[T]:
        stream = AsyncStream(query.raw() if raw else query, self._settings, self._open_call)
        self._streams.add(stream)
        return stream

    def _open_call(self, query: Query[Any, Any]) -> Any:
        return self._method(query)(query.request, metadata=self._settings.metadata())

    async def _ask(self, query: Query[Any, T], raw: bool = False) -> T:
        method, metadata = self._method(query), self._settings.metadata()
        try:
            response = await method(query.request, timeout=self._settings.timeout, metadata=metadata)
        except grpc.RpcError as error:
            raise status.from_call(error, self._settings.target) from None
        message = query.unwrap(response)
        return message if raw else query.convert(message)

    def _method(self, query: Query[Any, Any]) -> Any:
        if self._closed:
            raise ClientClosedError(f"{query.label}: the client is closed")
        if self._channel is None:
            # Not in the constructor: a grpc.aio channel binds to the loop that runs when it is made.
            self._channel = _channel(self._settings)
        return query.method_of(self._channel, self._stubs)

    async def aclose(self) -> None:
        """End all streams and the connection. Closing twice is fine."""
        self._closed = True
        for stream in list(self._streams):
            await stream.aclose()
        if self._channel is not None:
            await self._channel.close(None)

    async def __aenter__(self) -> AsyncClient[Number]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _channel(settings: Settings) -> grpc.aio.Channel:
    credentials, options = settings.credentials(), settings.channel_options(async_options())
    if credentials is None:
        return grpc.aio.insecure_channel(settings.target, options)
    return grpc.aio.secure_channel(settings.target, credentials, options)
