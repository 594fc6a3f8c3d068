"""The async stream: an async iterator over one server stream that finds its server again by itself."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

import grpc
import grpc.aio

from . import status
from .errors import IdleError, OnebookError, ServerError
from .query import Query
from .session import Session
from .settings import Settings

T = TypeVar("T")

_EOF: Any = vars(grpc.aio)["EOF"]  # missing in the stubs


class AsyncStream(Generic[T], AsyncIterator[T]):
    """Messages of one server stream, newest state first.

    Iterate in one task; `aclose()` may be called from any task of the same loop. Use it as an async context manager,
    or close it, to release the RPC at once. After `aclose()` the iteration ends.
    """

    def __init__(self, query: Query[Any, T], settings: Settings, open_call: Callable[[Query[Any, Any]], Any]) -> None:
        self._query = query
        self._settings = settings
        self._open_call = open_call
        self._session = Session(query.label, settings, query.shows_state, resume=query.memory(settings.resume))
        self._call: Any = None
        self._waiting_since: float | None = None
        self._idle_call: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._wake: asyncio.Event | None = None

    @property
    def missed(self) -> int:
        """States that the server conflated because this client read more slowly; for trades: trades lost, without those
        that the server's history had."""
        return self._session.missed

    @property
    def received(self) -> int:
        """Messages that arrived, heartbeats included."""
        return self._session.received

    @property
    def reconnects(self) -> int:
        """Connections after the first."""
        return self._session.reconnects

    @property
    def epoch(self) -> int:
        """Start of the server process in nanoseconds; 0 before the first message."""
        return self._session.epoch

    def __aiter__(self) -> AsyncStream[T]:
        return self

    async def __anext__(self) -> T:
        query, take, filtered = self._query, self._session.take, self._query.filter
        while True:
            call = self._call or self._open()
            self._waiting_since = time.monotonic()
            try:
                response = await call.read()
            except grpc.RpcError as rpc_error:
                error = status.from_call(rpc_error, self._settings.target)
            except asyncio.CancelledError:
                error = await self._why_cancelled(call)
            else:
                if response is not _EOF:
                    message = query.unwrap(response)
                    if take(message) and not (filtered is not None and filtered(message)):
                        return query.convert(message)
                    continue
                error = ServerError("the server ended the stream")
            finally:
                self._waiting_since = None
            await self._recover(error)

    def _open(self) -> Any:
        if self._closed:
            raise StopAsyncIteration
        self._loop = asyncio.get_running_loop()
        self._call = self._open_call(self._query.resumed(self._session.resume))
        if self._timer is None and self._settings.idle_timeout is not None:
            self._arm(self._settings.idle_timeout)
        return self._call

    async def _why_cancelled(self, call: Any) -> OnebookError:
        """Three things look like a cancelled task here; only a cancelled task may leave as one."""
        if self._closed:
            raise StopAsyncIteration
        if call is self._idle_call:
            return IdleError(f"nothing from the server for {self._settings.idle_timeout:g} s")
        # grpc.aio raises CancelledError for the status CANCELLED too, and cancels the call of a cancelled task itself.
        if call.done() and "Locally cancelled" not in (details := await call.details() or ""):
            return ServerError(f"the server cancelled the stream: {details}")
        raise asyncio.CancelledError

    async def _recover(self, error: OnebookError) -> None:
        """Wait for the next attempt; raises what cannot be retried and closes the stream then."""
        self._call = None
        if self._closed:
            return
        try:
            delay = self._session.lost(error)
        except BaseException:
            await self.aclose()
            raise
        self._wake = asyncio.Event()
        try:
            await asyncio.wait_for(self._wake.wait(), delay)
        except asyncio.TimeoutError:
            return

    def _arm(self, delay: float) -> None:
        # The timer holds no stream alive: one that is dropped without aclose() must be collected.
        self._timer = asyncio.get_running_loop().call_later(
            delay, _look, cast("weakref.ref[AsyncStream[Any]]", weakref.ref(self))
        )

    def _check_idle(self) -> None:
        timeout, since = self._settings.idle_timeout, self._waiting_since
        if self._closed or timeout is None:
            return
        left = timeout if since is None else since + timeout - time.monotonic()
        if left <= 0 and self._call is not None:
            self._idle_call, left = self._call, timeout
            self._call.cancel()
        self._arm(max(left, 0.001))

    async def aclose(self) -> None:
        """Release the RPC and end the iteration, also one that is waiting in another task."""
        self._closed = True
        call, self._call = self._call, None
        if call is not None:
            call.cancel()
        if self._timer is not None:
            self._timer.cancel()
        if self._wake is not None:
            self._wake.set()

    def __del__(self) -> None:
        # Unlike the sync one, a grpc.aio call that nobody refers to any more is not ended by gRPC itself.
        if self._call is not None and self._loop is not None and not self._loop.is_closed():
            self._call.cancel()

    async def __aenter__(self) -> AsyncStream[T]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _look(reference: weakref.ref[AsyncStream[Any]]) -> None:
    stream = reference()
    if stream is not None:
        stream._check_idle()  # noqa: SLF001 - outside of the class, so that the timer does not keep it
