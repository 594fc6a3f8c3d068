"""What is counted of the messages that go out, and what the protocols are called."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.transport.http.http_counters import HttpCounters, protocol_of


def test_what_goes_out_is_counted_and_sent() -> None:
    counters, sent = HttpCounters(), []

    async def send(message: Any) -> None:
        sent.append(message)

    messages: list[dict[str, Any]] = [
        {"type": "http.response.start", "status": 204},
        {"type": "http.response.body", "body": b"123"},
        {"type": "websocket.accept"},
        {"type": "websocket.send", "text": "1234"},
        {"type": "websocket.http.response.start", "status": 403},
    ]

    async def everything() -> None:
        counting = counters.counting(send)
        for message in messages:
            await counting(message)

    asyncio.run(everything())
    assert sent == messages
    assert dict(counters.answers) == {"2xx": 1, "3xx": 0, "4xx": 1, "5xx": 0}
    assert counters.bytes == 7


@pytest.mark.parametrize(
    ("content_type", "protocol"),
    [
        ("text/event-stream", "events"),
        ("application/connect+json", "connect"),
        ("application/grpc-web+proto", "grpc_web"),
        ("application/grpc-web-text+proto", "grpc_web"),
        ("application/json", "websocket"),
    ],
)
def test_protocols(content_type: str, protocol: str) -> None:
    assert protocol_of(content_type) == protocol
