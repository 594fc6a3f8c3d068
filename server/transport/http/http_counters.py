"""What the port of HTTP counts. Written on its event loop, read by whoever wants to know."""

from __future__ import annotations

from collections import Counter
from typing import Any

PROTOCOLS = (
    ("text/event-stream", "events"),
    ("application/connect", "connect"),
    ("application/grpc-web", "grpc_web"),
    ("application/json", "websocket"),
)
"""Protocols of streams, by how their content types begin."""


class HttpCounters:
    """The counts of one port since its start."""

    def __init__(self) -> None:
        self.refused = 0
        """Connections for which there was no place."""
        self.answers = Counter({"2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0})
        """By the class of their status: 2xx, 4xx. The beginning of a stream is an answer, a websocket is none."""
        self.bytes = 0
        """Of bodies and of messages of websockets."""

    def counting(self, send: Any) -> Any:
        """The same `send` of ASGI, which counts what it sends."""

        async def counted(message: Any) -> None:
            kind = message["type"]
            if kind.endswith("response.start"):
                self.answers[f"{message['status'] // 100}xx"] += 1
            else:
                self.bytes += len(message.get("body") or message.get("text") or "")
            await send(message)

        return counted


def protocol_of(content_type: str) -> str:
    """The protocol of a stream whose frames have this type."""
    return next(name for beginning, name in PROTOCOLS if content_type.startswith(beginning))
