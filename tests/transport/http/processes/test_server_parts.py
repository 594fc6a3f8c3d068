"""What the process is told of the server."""

from __future__ import annotations

import json
from pathlib import Path

from server.api.access import Access
from server.api.calls import Post, Service, Streaming, Unary
from server.api.streams import Streams
from server.publish.channel import ConflatedChannel, Overflow
from server.transport.http.health_pages import HealthPages
from server.transport.http.http_message import HttpAnswer
from server.transport.http.processes.server_parts import ServerParts
from server.transport.http.server_side import LocalSide
from tests.api.token_files import Keys


def test_all_that_is_served_is_described(tmp_path: Path) -> None:
    unary = Unary(bytes, bytes)
    streaming = Streaming(lambda _request: (ConflatedChannel(), Overflow.DISCONNECT), bytes)
    post = Post(lambda _body: None, "Does.", {"type": "object"}, {})
    streams = Streams(1)
    side = LocalSide(Access(Keys(tmp_path).file), streams.guard, HealthPages(lambda _market: ""))
    server_parts = ServerParts(
        [Service("a.B", {"Get": unary}, {"Read": streaming})], streams, side, lambda: HttpAnswer(200, b""), {"/x": post}
    )
    assert server_parts.calls[("a.B", "Get")] is unary
    assert server_parts.streaming[("a.B", "Read")] is streaming
    assert json.loads(json.dumps(server_parts.described)) == {
        "services": [{"name": "a.B", "unary": ["Get"], "streaming": ["Read"]}],
        "posts": [{"path": "/x", "words": "Does.", "body": {"type": "object"}, "answer": {}}],
        "open_paths": ["/health", "/ready", "/login", "/logout"],
        "metrics": True,
        "tokens": True,
    }
    server_parts.close()
