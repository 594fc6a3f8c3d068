"""Every call of the services by its path, `/onebook.v1.MarketDataService/GetBook`, for all protocols of this port."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...api.calls import Opened, Service, Streaming, Unary
from ...api.guard import Guard, parsed
from .dispatch import StreamCall
from .framing import Framing
from .rpc_messages import RpcMessages


class Rpc(NamedTuple):
    """One call with one answer."""

    name: str
    call: Unary
    messages: RpcMessages
    guard: Guard

    def answer(self, request: Callable[[], bytes]) -> bytes:
        """The answer of gRPC to the request of gRPC; `request` makes its bytes. Raises RequestError."""
        return self.guard.call(self.name, lambda: self.call.answer(parsed(self.call.parse, request())))


class RpcStream(NamedTuple):
    """One call that opens a stream."""

    name: str
    call: Streaming
    messages: RpcMessages

    def stream(self, request: Callable[[], bytes], framing: Framing) -> StreamCall:
        """The stream of gRPC for the request of gRPC, in the frames of another protocol. `request` makes the bytes of
        the request; it raises RequestError, when the stream is opened."""

        def opened() -> Opened:
            return self.call.open(parsed(self.call.parse, request()))

        return StreamCall(self.name, opened, framing)


class RpcTable:
    """The calls of these services. Does not change."""

    def __init__(self, services: Sequence[Service], guard: Guard) -> None:
        self.calls = {
            f"/{service.name}/{name}": Rpc(name, call, RpcMessages(service.name, name), guard)
            for service in services
            for name, call in service.unary.items()
        }
        self.streams = {
            f"/{service.name}/{name}": RpcStream(name, call, RpcMessages(service.name, name))
            for service in services
            for name, call in service.streaming.items()
        }
