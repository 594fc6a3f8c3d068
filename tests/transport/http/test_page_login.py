"""Logins of pages over a real port: what a cookie opens, what it does not, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.api.access import Access
from server.api.tokens import Right
from server.codes import Code
from server.request_errors import RequestError
from server.transport.http.http_message import HttpRequest
from server.transport.http.page_login import COOKIE, LOGINS_AT_ONCE, PageLogin
from tests.api.token_files import Keys, write

from .http_rig import GET_BOOK, KINDS, SERVED_BY, Answer, HttpRig


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


@pytest.fixture(params=SERVED_BY)
def guarded(keys: Keys, request: pytest.FixtureRequest) -> Iterator[HttpRig]:
    rig = HttpRig(Access(keys.file), kind=KINDS[request.param])
    rig.rig.fill("alpha", "100.00", "101.00")
    yield rig
    rig.close()


def login(rig: HttpRig, token: object, **headers: str) -> Answer:
    return rig.call("/login", {"token": token}, **headers)


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_a_cookie_reads_and_is_not_the_token(guarded: HttpRig, keys: Keys) -> None:
    assert guarded.get("/").status == 200
    assert guarded.call(GET_BOOK, {}).status == 401
    answer = login(guarded, keys.texts["read"])
    assert (answer.status, answer.body) == (204, b"")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert keys.texts["read"].rpartition("_")[2] not in name
    assert guarded.call(GET_BOOK, {}, cookie=f"theme=dark; {name}").status == 200
    assert guarded.call(GET_BOOK, {}, cookie=f"{COOKIE}=made-up").status == 401


def test_a_wrong_token_gets_no_cookie(guarded: HttpRig, keys: Keys) -> None:
    for token in ("onebook_0_0", keys.texts["read"][:-1] + "x", "", None, 5, "x" * 5000):
        answer = login(guarded, token)
        assert answer.status in (400, 401)
        assert "set-cookie" not in answer.headers
    assert guarded.call("/login", b"[" * 5000).status == 400


def test_a_token_that_may_not_read_gets_no_cookie(guarded: HttpRig, keys: Keys) -> None:
    assert login(guarded, keys.texts["control"]).status == 403


def test_a_logout_ends_the_session(guarded: HttpRig, keys: Keys) -> None:
    cookie = cookie_of(login(guarded, keys.texts["read"]))
    answer = guarded.call("/logout", {}, cookie=cookie)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert guarded.call(GET_BOOK, {}, cookie=cookie).status == 401


def test_forms_are_posted_by_pages_of_this_server(guarded: HttpRig, keys: Keys) -> None:
    assert guarded.get("/login").status == 405
    assert login(guarded, keys.texts["read"], origin="https://evil.example").status == 403
    form = guarded.ask("POST", "/login", b"token=x", content_type="application/x-www-form-urlencoded")
    assert form.status == 415


def test_logins_are_limited(guarded: HttpRig, keys: Keys) -> None:
    statuses = [login(guarded, "onebook_0_0").status for _ in range(LOGINS_AT_ONCE + 2)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def request(path: str, cookie: str = "", body: bytes = b"") -> HttpRequest:
    headers = [(b"content-type", b"application/json"), (b"cookie", cookie.encode())]
    return HttpRequest("POST", path, b"", headers, body, "ipv4:127.0.0.1:1")


def test_a_cookie_gives_the_right_to_read_alone(keys: Keys) -> None:
    page = PageLogin(Access(keys.file), secure=True)
    answer = page.forms()["/login"](request("/login", body=json.dumps({"token": keys.texts["both"]}).encode()))
    cookie, *attributes = answer.headers["set-cookie"].split("; ")
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in attributes
    assert page.admit(request(GET_BOOK, cookie)).rights == {Right.READ}
    with pytest.raises(RequestError) as refused:
        page.admit(request("/onebook.v1.ControlService/Pause", cookie))
    assert refused.value.code is Code.PERMISSION_DENIED
    write(keys.path, [keys.tokens["control"]])
    keys.file.reload()
    with pytest.raises(RequestError, match="log in again") as ended:
        page.admit(request(GET_BOOK, cookie))
    assert ended.value.code is Code.UNAUTHENTICATED


def test_a_server_without_tokens_asks_nobody(web: HttpRig) -> None:
    assert "set-cookie" not in login(web, "anything").headers
