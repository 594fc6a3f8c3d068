"""What the commands say of a server that is away: each reason once a minute, and when it is back."""

from __future__ import annotations

import pytest

from client.command import SAID_AGAIN, say
from client.errors import UnavailableError
from client.events import Connected, Reconnecting


def away(reason: str, stream: str = "book A/B", attempt: int = 1) -> Reconnecting:
    return Reconnecting(stream, reason, attempt, 0.5, UnavailableError(reason))


def back(attempt: int, stream: str = "book A/B") -> Connected:
    return Connected(stream, 1, False, attempt)


def test_a_reason_is_said_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    tell = say("onebook watch", lambda: now[0])
    for _ in range(100):
        tell(away("connection refused"))
    assert capsys.readouterr().err == "onebook watch: book A/B: reconnecting in 0.5 s: connection refused\n"
    now[0] = SAID_AGAIN
    tell(away("connection refused"))
    assert capsys.readouterr().err.count("\n") == 1


def test_another_reason_and_another_stream_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    tell = say("onebook watch", lambda: 0.0)
    for event in (
        away("connection refused"),
        away("the server is stopping"),
        away("the server is stopping", "trades A/B"),
    ):
        tell(event)
    assert capsys.readouterr().err.count("\n") == 3


def test_a_server_that_is_back_is_said_and_its_next_end_is_news(capsys: pytest.CaptureFixture[str]) -> None:
    tell = say("onebook watch", lambda: 0.0)
    tell(back(0))
    assert capsys.readouterr().err == "", "a first connection at once is no news"
    for event in (away("connection refused"), back(3), away("connection refused")):
        tell(event)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[2] for line in lines] == [
        "reconnecting in 0.5 s",
        "connected after 3 attempts",
        "reconnecting in 0.5 s",
    ]
