"""Answers that a client never reads: they do not wait for ever."""

from __future__ import annotations

import time

import pytest

from ..e2e.processes import Server
from .http2 import BOOK, RESET, RawConnection

pytestmark = pytest.mark.timeout(400)
LEVELS = b"\x10\xe8\x07"
"""A request for 1,000 levels."""


def test_answers_that_nobody_reads_end(server: Server) -> None:
    """A client whose window is 0 gets no further answers, and those under way end after their time."""
    with RawConnection(server.port, window=0) as stranger:
        for _ in range(50):
            stranger.request(BOOK, LEVELS)
        deadline = time.monotonic() + 120.0
        while not stranger.frames[RESET] >= 40:
            assert time.monotonic() < deadline, stranger.frames
            time.sleep(0.2)
