"""`GET /onebook.v1.MarketDataService/StreamBook?market=BTC/USDT`: every stream as server-sent events."""

from __future__ import annotations

from ...request_errors import invalid
from .dispatch import StreamCall
from .event_framing import EventFraming
from .http_message import HttpRequest
from .rpc_table import RpcTable


class EventStreams:
    """All streams, whose requests are parameters. Thread-safe."""

    def __init__(self, table: RpcTable) -> None:
        self._table = table

    def find(self, request: HttpRequest) -> StreamCall | None:
        """The stream that this request opens."""
        rpc = self._table.streams.get(request.path)
        if rpc is None or request.method != "GET":
            return None
        messages = rpc.messages

        def request_bytes() -> bytes:
            try:
                return messages.query_bytes(request.parameters())
            except ValueError as error:
                raise invalid("query", str(error)) from None

        return rpc.stream(request_bytes, EventFraming(messages))
