"""Calls without a request cost nobody else anything, and end by themselves."""

from __future__ import annotations

import time

import pytest

from tests.waiting import eventually

from ..e2e.processes import Server
from .http2 import BOOK, GOAWAY, PATHS, REFLECTION, RESET, WATCH, RawConnection
from .rig import Innocent, everything, memory, threads

# A busy machine takes its time; a server that is stopped up never answers. The times are in SECURITY.md.
pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("path", PATHS)
def test_calls_without_a_request_hold_nobody_up(server: Server, innocent: Innocent, path: str) -> None:
    with RawConnection(server.port) as stranger:
        for _ in range(90):
            stranger.call(path)
        everything(server)
        innocent.goes_on()


def test_calls_without_a_request_end(server: Server) -> None:
    with RawConnection(server.port) as stranger:
        for _ in range(20):
            stranger.call(BOOK)
        # Headers with a status for each, and a reset, as the call was never finished.
        eventually(lambda: stranger.frames[1] >= 20, "20 statuses")
        assert not stranger.ended.is_set(), "the connection is another matter"


def test_ten_thousand_of_them_on_many_connections(server: Server, innocent: Innocent) -> None:
    before = memory(server)
    strangers = [RawConnection(server.port) for _ in range(40)]
    try:
        for stranger in strangers:
            try:
                for _ in range(250):
                    stranger.call(BOOK)
            except OSError:
                assert stranger.ended.wait(10), "a write failed, and the connection had not ended"
        everything(server)
        innocent.goes_on()
        assert memory(server) - before < 400
    finally:
        for stranger in strangers:
            stranger.close()


def test_open_reflection_streams_hold_no_thread(server: Server) -> None:
    """Polite ones, each with a request that was answered."""
    question = b"\x3a\x00"  # list_services
    with RawConnection(server.port) as stranger:
        everything(server)
        before = threads(server)
        for _ in range(100):
            number = stranger.call(REFLECTION)
            stranger.write(_message(number, question))
        eventually(lambda: stranger.frames[0] >= 100, "100 answers")
        everything(server)
        assert threads(server) <= before + 17, "the pool may have grown to its size"


def test_watches_of_health_count_as_streams(server: Server) -> None:
    before = memory(server)
    with RawConnection(server.port) as stranger:
        try:
            for _ in range(5_000):
                stranger.request(WATCH)
        except OSError:
            assert stranger.ended.wait(10), "a write failed, and the connection had not ended"
        time.sleep(1.0)
        everything(server)
        assert stranger.frames[RESET] + stranger.frames[1] + stranger.frames[GOAWAY] > 0
    assert memory(server) - before < 150


def _message(number: int, payload: bytes) -> bytes:
    from .http2 import DATA, frame

    return frame(DATA, 0, number, b"\x00" + len(payload).to_bytes(4, "big") + payload)
