"""Services of grpcio's own packages as handlers, for whoever receives the calls: reflection and channelz."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_reflection.v1alpha import reflection

CHANNELZ = "grpc.channelz.v1.Channelz"


class _Collector:
    """Takes the place of the server that a service adds itself to."""

    def __init__(self) -> None:
        self.handlers: list[grpc.GenericRpcHandler[Any, Any]] = []

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler[Any, Any]]) -> None:
        """The methods that a service calls on its server."""
        self.handlers.extend(handlers)

    def add_registered_method_handlers(self, _service: str, _handlers: Any) -> None:
        """The same handlers by a faster look-up, which the receiver cannot stand in front of."""


def reflection_handler(services: Sequence[str]) -> grpc.GenericRpcHandler[Any, Any]:
    """grpc.reflection.v1alpha over these services and itself."""
    names = (*services, reflection.SERVICE_NAME)
    return _collected(lambda server: reflection.enable_server_reflection(names, server))


def channelz_handler() -> grpc.GenericRpcHandler[Any, Any]:
    """grpc.channelz.v1: gRPC's own numbers of this process."""
    from grpc_channelz.v1 import channelz

    return _collected(channelz.add_channelz_servicer)


def _collected(add: Callable[[Any], None]) -> grpc.GenericRpcHandler[Any, Any]:
    collector = _Collector()
    add(collector)
    (handler,) = collector.handlers
    return handler
