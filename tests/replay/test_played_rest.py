"""PlayedRest: the recording's answers and errors, as the live client gave them to those who asked."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from server.errors import RefusedError, ThrottledError, UnreachableError, UnrecordedError, VenueError
from server.protocol.rest_request import RestRequest
from server.replay.errands import Errands
from server.replay.played_rest import PATIENCE, PlayedRest, Reply
from server.venues import DEFAULT_VENUES, VENUES


class Rig:
    def __init__(self, *, late: bool = False) -> None:
        self.now = 1
        self.errands: Errands[Reply] = Errands(lambda: self.now)
        limits = VENUES[DEFAULT_VENUES[0]]().LIMITS
        self.rest = PlayedRest("v", "https://venue.example", limits, self.errands, late=late)
        self.found: list[Any] = []

    def ask(self, path: str = "/depth?n=1") -> None:
        def job() -> None:
            try:
                self.found.append(self.rest.get(RestRequest(path), threading.Event()))
            except VenueError as error:
                self.found.append(error)

        self.errands.run("ask", job)


def test_an_answer_goes_to_who_asked_for_its_path() -> None:
    rig = Rig()
    rig.ask()
    rig.rest.answered("GET", "/depth?n=2", Reply(200, {}, b"other"))
    assert rig.found == []
    rig.rest.answered("GET", "/depth?n=1", Reply(200, {}, b"mine"))
    assert rig.found == [b"mine"]


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(404, {}, b"no such pair"), VenueError, "answered 404"),
        (Reply(451, {}, b"not here"), RefusedError, "451"),
        (Reply(503, {}, b""), UnreachableError, "503"),
        (Reply(429, {"Retry-After": "7"}, b""), ThrottledError, "waiting 7 s"),
        (Reply(error="timed out", error_class="UnreachableError"), UnreachableError, "timed out"),
        (Reply(error="busy", error_class="ThrottledError", retry_after=3.0), ThrottledError, "busy"),
        (Reply(error="go away", error_class="RefusedError"), RefusedError, "go away"),
        (Reply(error="odd", error_class="SomethingOfLater"), UnreachableError, "odd"),
    ],
)
def test_errors_are_those_of_the_live_client(reply: Reply, kind: type[VenueError], words: str) -> None:
    rig = Rig()
    rig.ask()
    rig.rest.answered("GET", "/depth?n=1", reply)
    (error,) = rig.found
    assert type(error) is kind
    assert words in str(error)
    if isinstance(error, ThrottledError):
        assert error.retry_after == reply.retry_after or error.retry_after == 7.0


@pytest.mark.parametrize(("late", "over"), [(False, False), (True, False), (False, True)])
def test_what_the_recording_does_not_have_is_unreachable(late: bool, over: bool) -> None:
    """Lost is what a replay from the start would have needed, before its end."""
    rig = Rig(late=late)
    rig.ask()
    if over:
        rig.errands.stop()
    else:
        rig.now += PATIENCE
        rig.errands.advance()
    (error,) = rig.found
    assert isinstance(error, UnrecordedError)
    assert "the recording has no answer to /depth?n=1" in str(error)
    assert error.lost == (not late and not over)
