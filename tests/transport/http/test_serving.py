"""The thread of HTTP on sockets that others own."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from functools import partial

from server.api.access import Access
from server.api.guard import Guard
from server.api.streams import Streams
from server.transport.http.health_pages import HealthPages
from server.transport.http.http_message import HttpAnswer, HttpRequest
from server.transport.http.server_side import LocalSide
from server.transport.http.serving import Serving
from tests.waiting import eventually


def page(name: str, _request: HttpRequest) -> HttpAnswer:
    return HttpAnswer(200, name.encode())


def moves(serving: Serving) -> bool:
    return serving.turns > 1


def test_sockets_outlive_who_serves_them() -> None:
    side = LocalSide(Access(), Guard(), HealthPages(lambda _market: ""))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for name in ("first", "second"):
            pages = {"/who": partial(page, name)}
            serving = Serving([], Streams(1), side, [listener], "127.0.0.1", pages=pages)
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as waiting:
                waiting.request("GET", "/who")  # The system holds it until somebody serves.
                serving.thread.start()
                assert waiting.getresponse().read() == name.encode()
            eventually(partial(moves, serving), "its loop is not seen to move")
            serving.stop(0.1)
            serving.close()
            assert not serving.thread.is_alive()
