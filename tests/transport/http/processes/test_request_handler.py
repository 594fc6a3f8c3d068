"""What a process may ask, and what ends it: it talks to strangers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.api.access import Access
from server.api.calls import Service, Streaming, Unary
from server.api.streams import Streams
from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.transport.http.health_pages import HealthPages
from server.transport.http.http_message import HttpRequest
from server.transport.http.processes import link_frames as kinds
from server.transport.http.processes.link_frames import BrokenFrameError, Frame, parted
from server.transport.http.processes.link_messages import answer_of, error_of, request_body
from server.transport.http.processes.request_handler import MOST_ASKED, RequestHandler
from server.transport.http.processes.server_parts import ServerParts
from server.transport.http.server_side import LocalSide
from tests.api.token_files import Keys
from tests.waiting import eventually

from .links import Said


class Asking:
    """A process that asks, by hand."""

    def __init__(self, access: Access) -> None:
        self.channel, self.go, self.streams, self.said = ConflatedChannel(), threading.Event(), Streams(4), Said()
        self.go.set()
        service = Service(
            "a.Service",
            {"Get": Unary(self._get, bytes)},
            {"Read": Streaming(lambda _request: (self.channel, Overflow.DROP_OLDEST), bytes)},
        )
        side = LocalSide(access, self.streams.guard, HealthPages(lambda _market: ""))
        self.parts = ServerParts([service], self.streams, side, None, {})
        self.handler = RequestHandler(self.parts, self.said)

    def _get(self, request: bytes) -> bytes:
        self.go.wait(60)
        return request + b"!"

    def ask(self, kind: int, number: int = 1, rest: bytes = b"", micros: int = 0, **head: Any) -> None:
        whole = {"service": "a.Service", "name": "Get", "peer": "ipv4:10.0.0.1:5", "token": "", **head}
        self.handler.hear(Frame(kind, number, micros, 0, parted(whole, rest)))

    def answer(self) -> Frame:
        found: list[Frame] = eventually(lambda: self.said.take() or None)
        return found[-1]


@pytest.fixture
def asking() -> Iterator[Asking]:
    made = Asking(Access())
    yield made
    made.go.set()
    made.handler.close()
    made.parts.close()


def test_calls_and_their_errors(asking: Asking) -> None:
    asking.ask(kinds.CALL, 7, b"x")
    assert asking.answer() == Frame(kinds.ANSWER, 7, 0, 0, b"x!")
    asking.go.clear()
    asking.ask(kinds.CALL, 8)
    asking.ask(kinds.CALL, 9)
    asking.ask(kinds.CALL, 10, micros=1)
    asking.go.set()
    eventually(lambda: len(asking.said.frames) == 3)
    (refused,) = asking.said.of(kinds.REFUSED)
    assert (refused.number, error_of(refused.body).code) == (10, Code.DEADLINE_EXCEEDED)


def test_what_nobody_waits_for_is_not_begun(asking: Asking) -> None:
    asking.go.clear()
    for number in (1, 2, 3):
        asking.ask(kinds.CALL, number)
    asking.handler.hear(Frame(kinds.CLOSE, 3, 0, 0, b""))
    asking.go.set()
    eventually(lambda: len(asking.said.frames) == 3)
    assert [told.number for told in asking.said.of(kinds.REFUSED)] == [3]


def test_a_stream_that_nobody_waits_for_any_more_leaves_nothing(asking: Asking) -> None:
    asking.ask(kinds.OPEN, 1, name="Read")
    eventually(lambda: asking.said.of(kinds.OPENED))
    assert (asking.handler.streams, len(asking.streams), len(asking.channel)) == (1, 1, 1)
    asking.handler.hear(Frame(kinds.CLOSE, 1, 0, 0, b""))
    assert (asking.handler.streams, len(asking.streams), len(asking.channel)) == (0, 0, 0)


def test_streams_end_with_their_process_also_those_that_just_begin(asking: Asking) -> None:
    for number in range(4):
        asking.ask(kinds.OPEN, number, name="Read")
    asking.handler.close()
    eventually(lambda: not len(asking.streams.quota) and not len(asking.channel))
    assert asking.handler.streams == 0


def test_pages(asking: Asking) -> None:
    asking.handler.hear(Frame(kinds.PAGE, 2, 0, 0, request_body(HttpRequest("GET", "/health", b"", [], b"", "p"))))
    assert answer_of(asking.answer().body).status == 200


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (55, {}), (kinds.ANSWER, {}), (kinds.CALL, {"name": "Nothing"}), (kinds.CALL, {"name": "Read"}),
        (kinds.OPEN, {"name": "Get"}), (kinds.CALL, {"token": "stolen"}), (kinds.CALL, {"peer": "x" * 1000}),
        (kinds.METRICS, {}), (kinds.POST, {"path": "/api/x"}), (kinds.PAGE, {}),
    ],
)  # fmt: skip
def test_what_no_process_of_ours_asks(asking: Asking, kind: int, head: dict[str, Any]) -> None:
    with pytest.raises(BrokenFrameError):
        asking.ask(kind, **head)


def test_asks_are_bounded(asking: Asking) -> None:
    asking.go.clear()
    for number in range(MOST_ASKED):
        asking.ask(kinds.CALL, number)
    with pytest.raises(BrokenFrameError, match="too many"):
        asking.ask(kinds.CALL, MOST_ASKED)


def test_a_process_speaks_for_nobody_who_has_not_asked_it(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    asking = Asking(Access(keys.file))
    known = keys.tokens["read"].id
    for token in ("", known):
        with pytest.raises(BrokenFrameError, match="nobody has shown"):
            asking.ask(kinds.CALL, token=token)
    bearer = [(b"authorization", f"Bearer {keys.texts['read']}".encode())]
    asking.handler.hear(
        Frame(kinds.ADMIT, 1, 0, 0, request_body(HttpRequest("GET", "/v1/book", b"", bearer, b"", "p")))
    )
    assert asking.answer().body == known.encode()
    asking.ask(kinds.CALL, 2, token=known)
    assert asking.answer().kind == kinds.ANSWER
    asking.handler.hear(Frame(kinds.ADMIT, 3, 0, 0, request_body(HttpRequest("GET", "/v1/book", b"", [], b"", "p"))))
    assert error_of(asking.answer().body).code is Code.UNAUTHENTICATED
    asking.handler.close()
    asking.parts.close()
