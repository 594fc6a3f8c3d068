"""The sync client: all groups of calls, sent over one channel."""

from __future__ import annotations

import weakref
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, TypeVar, overload

import grpc

from . import status
from .backoff import Backoff
from .errors import ClientClosedError
from .events import EventHandler
from .generated.client_calls import ClientCalls
from .numbers import Number, NumberKind, Scales
from .options import sync_options
from .query import Query
from .settings import DEFAULT_TARGET, Pem, Settings, Token
from .stream import Stream
from .watchdog import Watchdog

T = TypeVar("T")


class Client(ClientCalls[Number]):
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
        self: Client[float],
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
        self._channel = open_channel(self._settings)
        self._stubs: dict[Any, Any] = {}
        self._watchdog = None if idle_timeout is None else Watchdog(idle_timeout)
        self._streams: weakref.WeakSet[Stream[Any]] = weakref.WeakSet()
        self._closed = False

    @property
    def target(self) -> str:
        """HOST:PORT of the server."""
        return self._settings.target

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
