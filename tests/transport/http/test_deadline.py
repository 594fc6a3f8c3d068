"""Until when an answer is wanted."""

from __future__ import annotations

import asyncio
import time

from server.api.streams import Streams
from server.quotas import Peer
from server.transport.http.answering import Answering
from server.transport.http.deadline import Deadline, deadline


def test_seconds_that_are_left() -> None:
    assert deadline.get() is None
    assert 50 < Deadline(time.monotonic() + 60, "late").left <= 60
    assert Deadline(time.monotonic() - 1, "late").left == 0.0


def test_who_makes_an_answer_knows_until_when() -> None:
    answering = Answering(Streams(1))
    try:
        found = asyncio.run(answering.made(Peer("p"), deadline.get, 60))
        assert found is not None
        assert (50 < found.left <= 60, found.words) == (True, "the call had 60 s")
        assert asyncio.run(answering.made(Peer("p"), deadline.get)) is None
    finally:
        answering.close()
