"""What the port asks of the server: pages, readers and those who post."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.api.access import Access
from server.api.guard import Guard
from server.codes import Code
from server.market.readiness import DEFAULT
from server.request_errors import RequestError
from server.transport.http.health_pages import HealthPages
from server.transport.http.http_message import HttpAnswer, HttpRequest
from server.transport.http.server_side import LocalSide, read_only
from tests.api.token_files import Keys


def request(path: str, method: str = "GET", body: bytes = b"", **headers: str) -> HttpRequest:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return HttpRequest(method, path, b"", named, body, "ipv4:127.0.0.1:1")


def side_of(access: Access) -> LocalSide:
    return LocalSide(access, Guard(), HealthPages(lambda market: f"why {market}"))


def test_pages_need_no_token_and_forms_are_posted(tmp_path: Path) -> None:
    side = side_of(Access(Keys(tmp_path).file))
    assert set(side.open_paths) == {"/health", "/ready", "/login", "/logout"}
    assert side.page_now(request("/health")).status == 200
    assert side.page_now(request("/ready")).status == 503
    side.health.report(DEFAULT, True)
    assert asyncio.run(side.open_page(request("/ready"))).status == 200
    assert side.page_now(request("/health", "POST")).status == 405
    assert side.page_now(request("/login")).status == 405
    assert side.page_now(request("/login", "POST", b"{}", content_type="application/json")).status == 400


def test_who_reads_and_who_posts(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    side = side_of(Access(keys.file))
    reader, poster = (request("/v1/book", authorization=f"Bearer {keys.texts[name]}") for name in ("read", "push"))
    assert asyncio.run(side.admit(reader)).token_id == keys.tokens["read"].id
    assert asyncio.run(side.admit_post(poster)).token_id == keys.tokens["push"].id
    for admitted in (side.reader_of, side.poster_of):
        with pytest.raises(RequestError) as caught:
            admitted(request("/v1/book"))
        assert caught.value.code is Code.UNAUTHENTICATED


def test_a_page_that_is_only_read() -> None:
    for method, status in {"GET": 200, "HEAD": 200, "PUT": 405}.items():
        assert read_only(lambda _request: HttpAnswer(200, b""), request("/x", method)).status == status
