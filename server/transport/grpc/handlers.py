"""The calls of a service as handlers of grpcio: who asks is known to them, and their errors become statuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

import grpc

from ...api.calls import Opened, Service, Streaming, Unary
from ...api.guard import parsed
from ...api.streams import Stream, Streams
from ...delays import Delays
from ...publish.channel import Channel, Overflow
from ...quotas import Peer, caller
from ...request_errors import RequestError
from .aborts import abort
from .callers import who
from .generator_stream import GeneratorStream
from .push_stream import PushStream

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
StreamT = TypeVar("StreamT", bound=Stream)
T = TypeVar("T")


def generic_handler(service: Service, streams: Streams, push: bool, delays: Delays) -> grpc.GenericRpcHandler[Any, Any]:
    """All calls of a service. `push`: streams without a thread each; `delays`: of the messages of streams."""
    handlers = {name: _unary(name, call, streams) for name, call in service.unary.items()}
    handlers.update({name: _streaming(name, call, streams, push, delays) for name, call in service.streaming.items()})
    return grpc.method_handlers_generic_handler(service.name, handlers)


def _unary(name: str, call: Unary, streams: Streams) -> Handler:
    def behaviour(request: bytes, context: grpc.ServicerContext) -> bytes:
        def answer(_client: Peer) -> bytes:
            return streams.guard.call(name, lambda: call.answer(parsed(call.parse, request)))

        return _for_caller(context, answer)

    return grpc.unary_unary_rpc_method_handler(behaviour)


def _streaming(name: str, call: Streaming, streams: Streams, push: bool, delays: Delays) -> Handler:
    def begin(request: bytes, context: grpc.ServicerContext, make: Callable[[Channel, Overflow], StreamT]) -> StreamT:
        def opened() -> Opened:
            return call.open(parsed(call.parse, request))

        return _for_caller(context, lambda client: streams.begin(client, name, opened, make))

    def pushed(request: bytes, context: grpc.ServicerContext, _send: Callable[[Any], None]) -> None:
        begin(request, context, lambda source, overflow: PushStream(context, source, overflow, delays))

    def generated(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield from begin(
            request, context, lambda source, overflow: GeneratorStream(context, source, overflow, delays)
        ).messages()

    if push:
        pushed.experimental_non_blocking = True  # type: ignore[attr-defined]
    return grpc.unary_stream_rpc_method_handler(pushed if push else generated)


def _for_caller(context: grpc.ServicerContext, work: Callable[[Peer], T]) -> T:
    """The result of the work, which knows who asks; its error ends the call."""
    client = who(context)
    token = caller.set(client)
    try:
        return work(client)
    except RequestError as error:
        abort(context, error)
    finally:
        caller.reset(token)
