"""Asks for admission before the handler of any service runs, also of gRPC's own: health, reflection, channelz."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import grpc

from ...api.access import Access
from ...api.guard import Guard
from ...quotas import caller
from ...request_errors import RequestError
from ..peers import client
from .aborts import abort

Behaviour = Callable[..., Any]
NON_BLOCKING = "experimental_non_blocking"
"""Marks behaviours to which gRPC gives a callback, so that they need no thread."""
_MAKERS = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


class AccessInterceptor(grpc.ServerInterceptor):  # type: ignore[type-arg]
    """The interceptor of one server."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._guard = Guard()

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The handler with the check before it; None for a method that does not exist."""
        handler: Any = continuation(handler_call_details)
        if handler is None:
            return None
        kind, make = _MAKERS[bool(handler.request_streaming), bool(handler.response_streaming)]
        guarded = self._guarded(str(handler_call_details.method), getattr(handler, kind))
        return make(guarded, handler.request_deserializer, handler.response_serializer)

    def _guarded(self, method: str, behaviour: Behaviour) -> Behaviour:
        admitted = partial(self._admitted, method, behaviour)
        if getattr(behaviour, NON_BLOCKING, False):
            setattr(admitted, NON_BLOCKING, True)
        return admitted

    def _admitted(self, method: str, behaviour: Behaviour, request: Any, context: Any, *send: Any) -> Any:
        try:
            metadata, name = context.invocation_metadata(), context.peer()
            identity = self._guard.call(method, lambda: self._access.admit(method, metadata, name))
        except RequestError as error:
            abort(context, error)
        # gRPC runs each call in a context of its own.
        caller.set(client(name, identity))
        return behaviour(request, context, *send)
