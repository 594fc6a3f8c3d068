"""Floods of one connection: bounded memory, and others go on."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable

import pytest

from ..e2e.processes import Server
from .http2 import (
    BOOK,
    DATA,
    END_STREAM,
    HEALTH,
    PING,
    RESET,
    SETTINGS,
    STREAM,
    WATCH,
    RawConnection,
    frame,
)
from .rig import Innocent, everything, memory

pytestmark = pytest.mark.timeout(400)
Flood = Callable[[RawConnection], None]
LEVELS = b"\x10\xe8\x07"
"""A request for 1,000 levels."""


def headers(stranger: RawConnection, size: int) -> None:
    for number in range(1_500):
        stranger.call(BOOK, extra=[(f"x-{number}", "a" * size)])


def many_headers(stranger: RawConnection) -> None:
    for _ in range(300):
        stranger.call(BOOK, extra=[(f"x-{number}", "a") for number in range(400)])


def unprintable(stranger: RawConnection) -> None:
    for number in range(500):
        stranger.call(f"/{number}\xff\xfe", end=True)
        stranger.call(BOOK, extra=[("grpc-timeout", "99999999999S"), ("grpc-encoding", "\x01\x02")])


def bombs(stranger: RawConnection) -> None:
    """Requests of 8 MB that are 8 KB on the way."""
    bomb = gzip.compress(b"\0" * (8 << 20))
    body = b"\x01" + len(bomb).to_bytes(4, "big") + bomb
    for _ in range(50):
        stranger.write(frame(DATA, END_STREAM, stranger.call(BOOK, extra=[("grpc-encoding", "gzip")]), body))


def large_requests(stranger: RawConnection) -> None:
    for _ in range(200):
        number = stranger.call(BOOK)
        stranger.write(frame(DATA, 0, number, b"\x00\x7f\xff\xff\xff" + b"a" * 16_000))


def resets(stranger: RawConnection) -> None:
    for _ in range(5_000):
        number = stranger.call(BOOK)
        stranger.write(frame(RESET, 0, number, b"\0\0\0\x08"))


def opened_and_reset(stranger: RawConnection) -> None:
    for _ in range(2_000):
        stranger.write(frame(RESET, 0, stranger.request(STREAM), b"\0\0\0\x08"))


def pings(stranger: RawConnection) -> None:
    for _ in range(50):
        stranger.write(frame(PING, 0, 0, b"12345678") * 1_000)


def settings(stranger: RawConnection) -> None:
    for _ in range(50):
        stranger.write(frame(SETTINGS, 0, 0) * 1_000)


def empty_data(stranger: RawConnection) -> None:
    number = stranger.call(BOOK)
    for _ in range(50):
        stranger.write(frame(DATA, 0, number) * 1_000)


def watches(stranger: RawConnection) -> None:
    for number in range(5_000):
        stranger.request(WATCH, b"\x0a\x06" + b"x%05d" % number)


def unread(stranger: RawConnection) -> None:
    """Answers of 1,000 levels, none of which is read: the window of this client is 0."""
    for _ in range(900):
        stranger.request(BOOK, LEVELS)


FLOODS: dict[str, Flood] = {
    "headers": lambda stranger: headers(stranger, 7_000), "long headers": lambda stranger: headers(stranger, 15_000),
    "many headers": many_headers, "unprintable": unprintable, "bombs": bombs, "large requests": large_requests,
    "resets": resets, "opened and reset": opened_and_reset, "pings": pings, "settings": settings,
    "empty data": empty_data, "watches": watches, "unread": unread,
}  # fmt: skip


@pytest.fixture(scope="module")
def before(server: Server) -> float:
    everything(server)
    return memory(server)


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood(server: Server, innocent: Innocent, before: float, flood: Flood) -> None:
    with RawConnection(server.port, window=0 if flood is unread else 65_535) as stranger:
        try:
            flood(stranger)
        except OSError:
            assert stranger.ended.wait(30.0), "the server ends the connection, or takes what comes"
        everything(server)
        innocent.goes_on()
        # Over all floods of this module: what one leaves behind the next one finds.
        assert memory(server) - before < 300
    everything(server)


def test_the_log_of_a_flood_is_short(server: Server) -> None:
    """After all of the above; lines that a stranger provokes are said seldom, with a count."""
    length = len(server.errors())
    with RawConnection(server.port) as stranger:
        for number in range(3_000):
            try:
                stranger.request("/onebook.v1.ControlService/Pause", b"\x0a\x04%04d" % number)
                stranger.call(f"/{number}\xff\xfe", end=True)
            except OSError:
                break
        time.sleep(2.0)
        assert stranger.frames[1] > 100 or stranger.ended.is_set()
    with RawConnection(server.port) as stranger:
        stranger.request(HEALTH)
    everything(server)
    assert len(server.errors()) - length < 30_000
