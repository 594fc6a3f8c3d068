"""The streams that a websocket opens: by the names of the contract, and by the readable paths."""

from __future__ import annotations

import json
from functools import partial

from ...codes import Code
from ...request_errors import RequestError, shown
from ...suggestions import did_you_mean
from .dispatch import StreamCall
from .readable_answers import parameters_from
from .readable_calls import ReadableCalls
from .rpc_table import RpcTable
from .websocket_messages import Subscribe, WebsocketFraming


class WebsocketCalls:
    """All streams by path. Thread-safe."""

    def __init__(self, table: RpcTable, readable: ReadableCalls) -> None:
        self._rpcs = table.streams
        self._readable = readable.streams

    def stream(self, wanted: Subscribe) -> StreamCall:
        """The stream of a subscription. Raises RequestError."""
        rpc = self._rpcs.get(wanted.path)
        if rpc is not None:
            messages = rpc.messages
            return rpc.stream(
                lambda: messages.request_bytes(json.dumps(wanted.request).encode()),
                WebsocketFraming(wanted.id, messages),
            )
        readable = self._readable.get(wanted.path)
        if readable is not None:
            return readable.stream(parameters_from(wanted.request), partial(WebsocketFraming, wanted.id))
        hint = did_you_mean(wanted.path, [*self._rpcs, *self._readable])
        raise RequestError(Code.NOT_FOUND, f"there is no stream {shown(wanted.path)}{hint}")
