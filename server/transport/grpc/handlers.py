"""gRPC handlers of calls whose answers are bytes already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc

from ...api.errors import RequestError, abort
from ...api.guard import Guard, Parse, parsed
from ...api.streams import Opener, Streams


def service(
    name: str,
    streams: Streams,
    unary: Mapping[str, tuple[Callable[[Any], bytes], Parse]],
    streaming: Mapping[str, tuple[Opener, Parse]],
) -> grpc.GenericRpcHandler[Any, Any]:
    """A service of these calls and streams, each with the parser of its request."""
    handlers = {method: _unary(method, streams.guard, call, parse) for method, (call, parse) in unary.items()}
    handlers.update({method: streams.handler(method, opener, parse) for method, (opener, parse) in streaming.items()})
    return grpc.method_handlers_generic_handler(name, handlers)


def _unary(name: str, guard: Guard, call: Callable[[Any], bytes], parse: Parse) -> grpc.RpcMethodHandler[Any, Any]:
    def behaviour(request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            return guard.call(name, lambda: call(parsed(parse, request)))
        except RequestError as error:
            abort(context, error)

    return grpc.unary_unary_rpc_method_handler(behaviour)
