"""Errors of tokens and rights, before a call is known, in the words of the protocol."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

from server.api.access import Access
from server.api.token_file import TokenFile
from server.request_errors import invalid
from server.transport.http.error_forms import error_for
from server.transport.http.http_message import HttpRequest
from tests.api.token_files import CONTROL, new_token, write

from .http_rig import HttpRig
from .stream_clients import trailers

STREAM_BOOK = "/onebook.v1.MarketDataService/StreamBook"


def form(method: str, kind: str) -> tuple[int, str]:
    request = HttpRequest(method, "/x", b"", [(b"content-type", kind.encode())], b"", "unix:")
    answer = error_for(request, invalid("levels", "was 0"))
    return answer.status, answer.content_type


def test_the_content_type_says_how_an_error_is_told() -> None:
    assert form("POST", "application/connect+json; charset=utf-8") == (200, "application/connect+json")
    assert form("POST", "Application/Connect+Proto") == (200, "application/connect+proto")
    assert form("POST", "application/grpc-web") == (200, "application/grpc-web+proto")
    assert form("POST", "application/grpc-web-text") == (200, "application/grpc-web-text+proto")
    assert form("POST", "application/json") == (400, "application/json")
    assert form("GET", "application/connect+json") == (400, "application/json")


def test_who_has_no_token_or_lacks_the_right_reads_why(tmp_path: Path) -> None:
    entry, commander = new_token("commander", CONTROL)
    path = tmp_path / "tokens.toml"
    write(path, [entry])
    rig = HttpRig(Access(TokenFile(path)))
    try:
        for headers, code in (({}, "unauthenticated"), ({"Authorization": f"Bearer {commander}"}, "permission_denied")):
            answer = rig.ask("POST", STREAM_BOOK, b"", content_type="application/connect+json", **headers)
            assert json.loads(answer.body[5:])["error"]["code"] == code
            answer = rig.ask("POST", STREAM_BOOK, b"", content_type="application/grpc-web", **headers)
            assert trailers(answer.body[5:]).code == code
            answer = rig.ask("POST", STREAM_BOOK, b"", content_type="application/grpc-web-text", **headers)
            assert trailers(b64decode(answer.body)[5:]).code == code
    finally:
        rig.close()
