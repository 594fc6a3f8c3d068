"""Requests from their headers to their answers, over real sockets: who is let in, and what is sent back."""

from __future__ import annotations

import re

import pytest

from server.api.calls import Service, Unary
from server.transport.http.asgi import SECURITY_HEADERS

from .http_rig import GET_BOOK, HttpRig


def test_a_call_is_answered(web: HttpRig) -> None:
    answer = web.call(GET_BOOK, {"market": "BTC/USDT", "levels": 1})
    assert answer.status == 200
    (bid,) = answer.json()["book"]["bids"]
    assert bid == {"price": "10050", "size": "2500", "venue": 1}
    assert answer.headers["content-type"] == "application/json"


def test_every_answer_has_the_headers_of_security_and_none_names_its_software(web: HttpRig) -> None:
    for answer in (web.get("/health"), web.get("/nothing"), web.get(GET_BOOK), web.get("/health", Host="evil.example")):
        assert "server" not in answer.headers
        for name, value in SECURITY_HEADERS:
            assert answer.headers[name.decode()] == value.decode()
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/page",
        "/page/",
        "/page/../../pyproject.toml",
        "/..",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/health/",
        "//health",
        "/metrics",
        "/docs",
        "/%00",
    ],
)
def test_there_is_nothing_else(web: HttpRig, path: str) -> None:
    """The rig has no page of metrics."""
    answer = web.get(path)
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_pages_are_only_read(web: HttpRig) -> None:
    answer = web.ask("POST", "/health", b"{}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    head = web.ask("HEAD", "/health")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(web.get("/health").body)
    assert web.ask("OPTIONS", GET_BOOK).status == 405


def test_names_and_pages_of_others_are_refused(web: HttpRig) -> None:
    assert web.get("/health", Host="books.example.com").status == 200
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        for answer in (web.get("/health", **headers), web.call(GET_BOOK, {}, **headers)):
            assert (answer.status, answer.json()["code"]) == (403, "permission_denied")


def test_a_strangers_word_of_who_is_asked_for_is_not_taken(web: HttpRig) -> None:
    """X-Forwarded-For names no peer: quotas count the connection."""
    assert web.get("/health", X_Forwarded_For="10.0.0.1").status == 200


def test_tokens_are_those_of_grpc(guarded: tuple[HttpRig, str, str]) -> None:
    rig, reader, commander = guarded
    assert rig.get("/health").status == 200
    assert rig.get("/ready").status == 503
    answer = rig.call(GET_BOOK, {})
    assert (answer.status, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert rig.call(GET_BOOK, {}, Authorization="Bearer onebook_0_0").status == 401
    assert rig.call(GET_BOOK, {}, Authorization=f"Bearer {commander}").status == 403
    assert rig.call(GET_BOOK, {}, Authorization=f"Bearer {reader}").status == 200
    for path in ("/metrics", "/nothing", "/onebook.v1.ControlService/Resync"):
        assert rig.get(path).status == 401, "what there is is not told to strangers"


def test_a_defect_of_a_call_is_an_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_request: object) -> bytes:
        raise ZeroDivisionError("secret")

    rig = HttpRig(services=[Service("onebook.v1.MarketDataService", {"GetBook": Unary(broken, bytes)})])
    try:
        answer = rig.call(GET_BOOK, {})
        assert (answer.status, answer.json()["code"]) == (500, "internal")
        assert b"secret" not in answer.body
        assert re.search("GetBook failed", caplog.text)
    finally:
        rig.close()
