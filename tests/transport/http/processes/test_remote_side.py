"""Calls, posts and pages of a server that is asked over a link."""

from __future__ import annotations

import asyncio
from typing import Any

from server.api.access import ANYBODY
from server.quotas import Peer, caller
from server.transport.http.http_message import HttpAnswer, HttpRequest
from server.transport.http.processes import link_frames as kinds
from server.transport.http.processes.link_frames import parted, parts
from server.transport.http.processes.link_messages import answer_body, request_of
from server.transport.http.processes.remote_side import RemoteSide, metrics_of, remote_posts, remote_services

REQUEST = HttpRequest("POST", "/x", b"q=1", [(b"authorization", b"Bearer t")], b"body", "ipv4:1.2.3.4:5")


class Link:
    """Keeps what is asked, and answers with what the test says."""

    def __init__(self) -> None:
        self.kinds: list[int] = []
        self.bodies: list[bytes] = []
        self.answer: object = b""

    def ask(self, kind: int, body: bytes) -> object:
        self.kinds.append(kind)
        self.bodies.append(body)
        return self.answer

    async def asked(self, kind: int, body: bytes) -> object:
        return self.ask(kind, body)


def test_calls_streams_and_posts_say_who_asks() -> None:
    link: Any = Link()
    (service,) = remote_services(link, [{"name": "a.B", "unary": ["Get"], "streaming": ["Read"]}])
    token = caller.set(Peer("ipv4:1.2.3.4:5", token="t"))
    try:
        link.answer = b"answer"
        assert service.unary["Get"].answer(b"asked") == b"answer"
        link.answer = parted({"answer": {"a": 1}})
        posts = remote_posts(link, [{"path": "/x", "words": "Does.", "body": {}, "answer": {}}])
        assert posts["/x"].make(b"asked") == {"a": 1}
        link.answer = ("channel", "overflow")
        assert service.streaming["Read"].open(b"asked") == link.answer
    finally:
        caller.reset(token)
    assert link.kinds == [kinds.CALL, kinds.POST, kinds.OPEN]
    for body in link.bodies:
        head, rest = parts(body)
        assert (head["peer"], head["token"], rest) == ("ipv4:1.2.3.4:5", "t", b"asked")


def test_who_may_ask_and_pages() -> None:
    link: Any = Link()
    assert asyncio.run(RemoteSide(link, ["/health"], tokens=False).admit(REQUEST)) is ANYBODY
    side = RemoteSide(link, ["/health"], tokens=True)
    link.answer = b"token"
    assert asyncio.run(side.admit(REQUEST)).token_id == "token"
    assert asyncio.run(side.admit_post(REQUEST)).token_id == "token"
    assert request_of(link.bodies[0]).headers == REQUEST.headers
    assert request_of(link.bodies[0]).body == b""
    link.answer = answer_body(HttpAnswer(204, b""))
    assert asyncio.run(side.open_page(REQUEST)).status == 204
    assert request_of(link.bodies[-1]) == REQUEST
    told: list[str] = []
    link.answer = answer_body(HttpAnswer(200, b"page"))
    assert metrics_of(link, lambda: told.append("counts"))(REQUEST).body == b"page"
    assert told == ["counts"]
