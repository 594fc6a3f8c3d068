"""The sync stream: an iterator over one server stream that finds its server again by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

import grpc

from . import status
from .errors import IdleError, OnebookError, ServerError
from .query import Query
from .session import Session
from .settings import Settings
from .watchdog import Watchdog

T = TypeVar("T")

OpenCall = Callable[[Query[Any, Any]], Any]


class Stream(Generic[T], Iterator[T]):
    """Messages of one server stream, newest state first.

    Iterate in one thread; `close()` may be called from any. Use it as a context manager, or close it, to release the
    RPC at once; a stream that is garbage collected releases it too. After `close()` the iteration ends.
    """

    def __init__(
        self, query: Query[Any, T], settings: Settings, open_call: OpenCall, watchdog: Watchdog | None
    ) -> None:
        self.waiting_since: float | None = None
        self._query = query
        self._settings = settings
        self._open_call = open_call
        self._watchdog = watchdog
        self._session = Session(query.label, settings, query.shows_state, resume=query.memory(settings.resume))
        self._lock = threading.Lock()  # guards _call and _closed together: no call is opened after close()
        self._call: Any = None
        self._closed = threading.Event()
        self._idle_call: Any = None

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

    def __iter__(self) -> Stream[T]:
        return self

    def __next__(self) -> T:
        query, take, filtered = self._query, self._session.take, self._query.filter
        while True:
            call = self._call or self._open()
            self.waiting_since = time.monotonic()
            try:
                message = query.unwrap(next(call))
            except StopIteration:
                error: OnebookError = ServerError("the server ended the stream")
            except grpc.RpcError as rpc_error:
                error = self._why(call, rpc_error)
            else:
                if take(message) and not (filtered is not None and filtered(message)):
                    return query.convert(message)
                continue
            finally:
                self.waiting_since = None
            self._recover(error)

    def _open(self) -> Any:
        with self._lock:
            if self._closed.is_set():
                raise StopIteration
            self._call = self._open_call(self._query.resumed(self._session.resume))
        if self._watchdog is not None:
            self._watchdog.watch(self)
        return self._call

    def _why(self, call: Any, rpc_error: grpc.RpcError) -> OnebookError:
        if self._closed.is_set():
            raise StopIteration
        if call is self._idle_call:
            return IdleError(f"nothing from the server for {self._settings.idle_timeout:g} s")
        return status.from_call(rpc_error, self._settings.target)

    def _recover(self, error: OnebookError) -> None:
        """Wait for the next attempt; raises what cannot be retried and closes the stream then."""
        self._call = None
        try:
            delay = self._session.lost(error)
        except BaseException:
            self.close()
            raise
        self._closed.wait(delay)

    def idle(self) -> None:
        """Give the connection up as dead. For the watchdog thread, which must not take this stream's lock."""
        self._idle_call = call = self._call
        if call is not None:
            call.cancel()

    def close(self) -> None:
        """Release the RPC and end the iteration, also one that is waiting in another thread."""
        with self._lock:
            self._closed.set()
            call, self._call = self._call, None
        if call is not None:
            call.cancel()
        if self._watchdog is not None:
            self._watchdog.forget(self)

    def __enter__(self) -> Stream[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
