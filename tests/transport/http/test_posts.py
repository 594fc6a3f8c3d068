"""Posts by their form, their right and their rate, before anything is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.api.access import Access
from server.api.calls import Post
from server.codes import Code
from server.request_errors import RequestError
from server.transport.http.http_message import HttpRequest
from server.transport.http.posts import PostAdmission, Posts, created
from tests.api.token_files import Keys


def request(method: str = "POST", path: str = "/api/x/", kind: str = "application/json", **headers: str) -> HttpRequest:
    named = [(name.encode(), text.encode()) for name, text in {"content-type": kind, **headers}.items()]
    return HttpRequest(method, path, b"", named, b"{}", "ipv4:10.0.0.1:5")


def echo(body: bytes) -> Any:
    return {"body": body.decode()}


ECHO = Post(echo, "Echoes.", {}, {})


def test_paths_and_forms() -> None:
    posts = Posts({"/api/x": ECHO})
    assert posts.find(request()) is posts.find(request(path="/api/x")) is ECHO
    assert posts.find(request(path="/api/y")) is None
    assert posts.paths == ["/api/x"]
    assert posts.refusal(request()) is None
    assert posts.refusal(request(kind="Application/JSON; charset=utf-8")) is None
    for wrong, status in ((request("GET"), 405), (request(kind="text/plain"), 415)):
        refusal = posts.refusal(wrong)
        assert refusal is not None
        assert refusal.status == status
    answer = created(ECHO, request())
    assert (answer.status, answer.body) == (201, b'{"body": "{}"}\n')


def test_rights(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    posts = PostAdmission(Access(keys.file), 10.0)
    for name, code in {
        "read": Code.PERMISSION_DENIED, "control": None, "push": None, "both": None,
        "expired": Code.UNAUTHENTICATED, "unknown": Code.UNAUTHENTICATED,
    }.items():  # fmt: skip
        asked = request(authorization=f"Bearer {keys.texts[name]}")
        if code is None:
            assert posts.admit(asked).token_id == keys.tokens[name].id
            continue
        with pytest.raises(RequestError) as caught:
            posts.admit(asked)
        assert caught.value.code is code
    with pytest.raises(RequestError, match="needs a token"):
        posts.admit(request(cookie="onebook_session=x"))


def test_each_client_has_a_rate_of_its_own() -> None:
    posts = PostAdmission(Access(), 0.1)
    other = HttpRequest("POST", "/api/x", b"", [], b"", "ipv4:10.0.0.2:5")
    posts.admit(request())
    posts.admit(request())
    with pytest.raises(RequestError) as caught:
        posts.admit(request())
    assert caught.value.code is Code.RESOURCE_EXHAUSTED
    posts.admit(other)
