"""Places for connections: who gets one when all are taken, and what is counted."""

from __future__ import annotations

import itertools
import os
import resource
import socket
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from server.api.calls import Unary
from server.publish.channel import ConflatedChannel
from server.transport.limits import CALLS
from server.transport.native import AVAILABLE
from tests.api.conftest import Failure
from tests.strangers.http2 import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    REFLECTION,
    RESET,
    RawConnection,
    frame,
    header_block,
)
from tests.waiting import eventually

from ..service_rig import ServiceRig, serving_processes

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
READ = "/a.Service/Read"
PLACES = 3


@pytest.fixture
def rig(engine: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("server.transport.native.native_server.connection_limit", lambda: PLACES)
    made = ServiceRig(engine, ConflatedChannel(), {"Echo": Unary(bytes, bytes)}, limit=200)
    made.publish(b"state")
    yield made
    made.close()


def test_whoever_has_been_without_a_call_for_longest_gives_its_place(rig: ServiceRig) -> None:
    idle = []
    for _ in range(PLACES):
        idle.append(RawConnection(rig.server.port))
        eventually(lambda: rig.server.counters()["accepted"] == len(idle))
    assert rig.call("Echo", b"mine") == b"mine"
    assert idle[0].ended.wait(20)
    assert not any(each.ended.is_set() for each in idle[1:])
    assert rig.server.counters()["gave_place"] == 1
    for each in idle:
        each.close()


def test_whoever_has_a_call_keeps_its_place(rig: ServiceRig) -> None:
    busy = [RawConnection(rig.server.port) for _ in range(PLACES)]
    for each in busy:
        each.request(READ)
    eventually(lambda: all(each.frames[DATA] for each in busy))
    with pytest.raises(Failure) as caught:
        rig.client.unary_unary("/a.Service/Echo")(b"", timeout=20)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert rig.server.counters()["refused_full"] >= 1
    assert not any(each.ended.is_set() for each in busy)
    busy[0].close()
    assert rig.client.unary_unary("/a.Service/Echo")(b"mine", timeout=20, wait_for_ready=True) == b"mine"
    for each in busy:
        each.close()


def lowest_free(pid: int) -> int:
    """The number that the next descriptor of a process gets."""
    return next(number for number in itertools.count() if not Path(f"/proc/{pid}/fd/{number}").is_symlink())


def test_without_a_descriptor_newcomers_wait_and_the_thread_rests(rig: ServiceRig) -> None:
    assert rig.call("Echo", b"before") == b"before"
    newcomer = socket.socket()
    serving = next((each.pid for each in serving_processes()), os.getpid())
    before = resource.prlimit(serving, resource.RLIMIT_NOFILE)
    # Numbers of descriptors are given out lowest first: the newcomer's end needs one above those that are taken.
    resource.prlimit(serving, resource.RLIMIT_NOFILE, (lowest_free(serving), before[1]))
    try:
        newcomer.connect(("127.0.0.1", rig.server.port))
        eventually(lambda: rig.server.counters()["refused_descriptors"] >= 2, "it is tried again now and then")
        began, seen = time.monotonic(), rig.server.counters()["refused_descriptors"]
        time.sleep(0.5)
        tries = rig.server.counters()["refused_descriptors"] - seen
        assert tries <= 2 + 20 * (time.monotonic() - began), "once per sweep"
        assert rig.call("Echo", b"meanwhile") == b"meanwhile"
    finally:
        resource.prlimit(serving, resource.RLIMIT_NOFILE, before)
    accepted = rig.server.counters()["accepted"]
    eventually(lambda: rig.server.counters()["accepted"] > accepted)
    newcomer.close()


def test_a_conversation_in_which_nothing_is_said_ends(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.transport.native.native_server.CLIENT_WITHIN", 0.5)
    rig = ServiceRig(engine)
    with RawConnection(rig.server.port) as client:
        number = client.call(REFLECTION)
        client.write(frame(DATA, 0, number, b"\0\0\0\0\2\x3a\0"))
        eventually(lambda: client.frames[DATA] == 1, "the services are listed")
        eventually(lambda: rig.server.counters()["late_requests"] == 1)
    rig.close()


def test_a_flood_of_messages_in_one_conversation_is_ended(engine: str) -> None:
    rig = ServiceRig(engine, unary={"Echo": Unary(bytes, bytes)})
    with RawConnection(rig.server.port) as client:
        number = client.call(REFLECTION)
        try:
            for _ in range(200):
                client.write(frame(DATA, 0, number, b"\0\0\0\0\2\x3a\0" * 500))
                if client.ended.is_set():
                    break
        except OSError:
            pass
        eventually(lambda: client.frames[HEADERS] >= 1 or client.ended.is_set(), "the call or its connection ends")
    assert rig.call("Echo", b"mine") == b"mine"
    rig.close()


def test_a_burst_of_calls_is_served_whole_and_others_do_not_wait_for_it(engine: str) -> None:
    burst = CALLS - 100  # Above the limit of calls at once some are refused, as a slow machine has them all at once.
    rig = ServiceRig(engine, unary={"Echo": Unary(bytes, bytes)}, limit=3_000)
    with RawConnection(rig.server.port) as greedy:
        for _ in range(burst):
            greedy.request("/a.Service/Echo", b"x")
        assert rig.call("Echo", b"mine") == b"mine"
        eventually(lambda: greedy.frames[DATA] == burst)
    rig.close()


def test_calls_that_are_reset_at_once_reach_nobody(engine: str) -> None:
    served: list[bytes] = []

    def echo(request: bytes) -> bytes:
        served.append(request)
        return request

    rig = ServiceRig(engine, unary={"Echo": Unary(echo, bytes)})
    with RawConnection(rig.server.port) as hasty:
        block, message = header_block("/a.Service/Echo"), b"\0\0\0\0\0"
        for number in range(1, 1_001, 2):
            call = frame(HEADERS, END_HEADERS, number, block) + frame(DATA, END_STREAM, number, message)
            hasty.write(call + frame(RESET, 0, number, bytes(4)))
        eventually(lambda: rig.server.counters()["calls"] == 500)
    assert rig.call("Echo", b"mine") == b"mine"
    # A read may end between a call and its reset; of so many only few have such a place.
    assert len(served) < 250
    rig.close()
