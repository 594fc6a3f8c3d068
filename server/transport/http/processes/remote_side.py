"""What the process of HTTP serves: the calls, streams, posts and pages of the server, each of which it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from onebook.compat import orderbook_pb2
from onebook.v1 import analytics_pb2, history_pb2, market_data_pb2

from ....api.access import ANYBODY, Identity
from ....api.calls import Opened, Post, Service, Streaming, Unary
from ....quotas import caller
from ..http_message import HttpAnswer, HttpRequest
from ..server_side import Page
from .link_frames import ADMIT, ADMIT_POST, CALL, METRICS, OPEN, PAGE, POST, parted, parts
from .link_messages import answer_of, request_body
from .server_link import ServerLink

CONTRACT = (analytics_pb2, history_pb2, market_data_pb2, orderbook_pb2)
"""Imported, so that the messages of the calls are known."""


class RemoteSide:
    """The server's pages, and its word on who may ask."""

    def __init__(self, link: ServerLink, open_paths: Sequence[str], tokens: bool) -> None:
        """`tokens`: whether anybody needs one."""
        self._link = link
        self._open_paths = tuple(open_paths)
        self._tokens = tokens

    @property
    def open_paths(self) -> Sequence[str]:
        return self._open_paths

    async def open_page(self, request: HttpRequest) -> HttpAnswer:
        return answer_of(cast(bytes, await self._link.asked(PAGE, request_body(request))))

    async def admit(self, request: HttpRequest) -> Identity:
        if not self._tokens:
            return ANYBODY
        return await self._identity(ADMIT, request)

    async def admit_post(self, request: HttpRequest) -> Identity:
        return await self._identity(ADMIT_POST, request)

    async def _identity(self, kind: int, request: HttpRequest) -> Identity:
        without_body = HttpRequest(request.method, request.path, b"", request.headers, b"", request.peer)
        told = cast(bytes, await self._link.asked(kind, request_body(without_body)))
        return Identity(token_id=told.decode())


def remote_services(link: ServerLink, described: Sequence[Mapping[str, Any]]) -> list[Service]:
    """The services of the server; `described`: see described() of server_parts.py."""
    return [_service(link, each) for each in described]


def _service(link: ServerLink, described: Mapping[str, Any]) -> Service:
    name = described["name"]
    return Service(
        name,
        {each: Unary(partial(_answer, link, name, each), bytes) for each in described["unary"]},
        {each: Streaming(partial(_open, link, name, each), bytes) for each in described["streaming"]},
    )


def _answer(link: ServerLink, service: str, name: str, request: bytes) -> bytes:
    return cast(bytes, link.ask(CALL, _asked(request, service=service, name=name)))


def _open(link: ServerLink, service: str, name: str, request: bytes) -> Opened:
    return cast(Opened, link.ask(OPEN, _asked(request, service=service, name=name)))


def remote_posts(link: ServerLink, described: Sequence[Mapping[str, Any]]) -> dict[str, Post]:
    """The posts of the server by path."""
    return {
        each["path"]: Post(_post(link, each["path"]), each["words"], each["body"], each["answer"]) for each in described
    }


def _post(link: ServerLink, path: str) -> Callable[[bytes], Any]:
    def make(body: bytes) -> Any:
        return parts(cast(bytes, link.ask(POST, _asked(body, path=path))))[0]["answer"]

    return make


def metrics_of(link: ServerLink, tell_counts: Callable[[], None]) -> Page:
    """The page of metrics; the server is told first what was counted here."""

    def page(_request: HttpRequest) -> HttpAnswer:
        tell_counts()
        return answer_of(cast(bytes, link.ask(METRICS, _asked(b""))))

    return page


def _asked(rest: bytes, **head: str) -> bytes:
    who = caller.get()
    return parted({**head, "peer": who.connection, "token": who.token}, rest)
