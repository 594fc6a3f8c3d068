"""The table of those who know what a request is answered with."""

from __future__ import annotations

from server.transport.http.dispatch import Find, find
from server.transport.http.http_message import HttpAnswer, HttpRequest


def knows(path: str, body: bytes) -> Find:
    return lambda request: HttpAnswer(200, body) if request.path == path else None


def body(path: str) -> tuple[int, bytes]:
    table = [knows("/a", b"first"), knows("/a", b"second"), knows("/b", b"third")]
    found = find(table, HttpRequest("GET", path, b"", [], b"", "unix:"))
    assert isinstance(found, HttpAnswer)
    return found.status, found.body


def test_the_first_who_knows_answers() -> None:
    assert body("/a") == (200, b"first")
    assert body("/b") == (200, b"third")


def test_a_path_that_nobody_knows() -> None:
    status, text = body("/c")
    assert status == 404
    assert b"not_found" in text
