"""Serving processes that crash or hang: what it costs their clients, and that it costs nobody else anything."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from functools import partial
from typing import Any

import grpc
import psutil
import pytest

from server.publish.channel import ConflatedChannel
from server.publish.event_buffer import EventBuffer
from server.transport.native import PROCESSES
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native.processes.frames import LISTEN, UNLISTEN, frame

    from .rig import ALONE, ProcessRig, Reader, descriptors, spread

EVENTS = 100_000


def numbered(rig: ProcessRig, stop: threading.Event) -> threading.Thread:
    """Publishes numbers as events, some thousand per second."""

    def publish() -> None:
        number = 0
        while not stop.is_set():
            for _ in range(10):
                rig.publish(b"%d" % number)
                number += 1
            time.sleep(0.005)

    made = threading.Thread(target=publish)
    made.start()
    return made


def without_gap(messages: list[bytes]) -> bool:
    numbers = [int(message) for message in messages]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.slow
def test_ten_crashes_under_load_cost_their_own_clients_a_moment_and_others_nothing() -> None:
    rig = ProcessRig(EventBuffer(EVENTS, lambda payload, _lost: payload), 3)
    stop = threading.Event()
    thread = numbered(rig, stop)
    readers, chance = spread(rig, 3), random.Random(7)
    safe = [reader for reader in readers if reader.process == 0]
    before, memory = descriptors(), psutil.Process().memory_info().rss
    for _ in range(10):
        number = chance.choice([1, 2])
        pid = rig.process(number).pid
        rig.kill(number)
        eventually(partial(rig.lives, number, pid))
        eventually(lambda: len(rig.streams) == len(readers), "all read again")
    assert descriptors() == before
    assert psutil.Process().memory_info().rss - memory < 60 << 20
    eventually(lambda: all(len(reader.breaks) >= 1 for reader in readers if reader not in safe))
    assert max(seconds for reader in readers for seconds in reader.breaks) < 1.0
    for reader in safe:
        assert not reader.breaks
        assert without_gap(reader.messages)
    stop.set()
    thread.join()
    for reader in readers:
        reader.close()
    eventually(lambda: not len(rig.streams), "what their calls held is given back")
    assert not rig.server._calls._calls  # noqa: SLF001 - nothing of the calls is left
    rig.close()


def test_clients_of_a_dead_process_are_served_by_others_before_it_is_back(rig: ProcessRig) -> None:
    engine: Any = rig.server._engine  # noqa: SLF001 - none is to be started
    for seat in engine._seats[1:]:  # noqa: SLF001
        seat._start = lambda _life: None  # noqa: SLF001
    rig.kill(1)
    rig.kill(2)
    eventually(lambda: len(rig.processes()) == 1)
    for _ in range(20):
        with grpc.insecure_channel(rig.target, ALONE) as channel:
            echo: Any = channel
            assert echo.unary_unary("/a.Service/Echo")(b"", timeout=5) == b""
    assert rig.process(0).listens == {0, 1, 2}


def test_listening_sockets_go_back_to_the_process_that_is_back(rig: ProcessRig) -> None:
    pid = rig.process(1).pid
    rig.kill(1)
    eventually(lambda: rig.lives(1, pid))
    eventually(lambda: all(rig.process(number).listens == {number} for number in range(3)))
    eventually(lambda: {reader.process for reader in spread(rig, 3)} == {0, 1, 2})


@pytest.mark.slow
def test_a_process_that_does_not_move_is_killed(rig: ProcessRig, caplog: pytest.LogCaptureFixture) -> None:
    pid = rig.process(2).pid
    rig.kill(2, signal.SIGSTOP)
    began = time.monotonic()
    eventually(lambda: rig.lives(2, pid))
    assert 2.5 < time.monotonic() - began < 8.0
    assert "serving process 3 has not moved for 3 s: it is killed" in caplog.text
    assert "serving process 3 of 3 ended by signal 9 (Killed); started anew after" in caplog.text


@pytest.mark.slow
def test_a_crash_wakes_whoever_waited_for_a_stream_of_the_dead() -> None:
    """A stream that is stuck in a dead process must not keep its channel busy."""
    rig = ProcessRig(ConflatedChannel(), 2)
    stream = rig.read()
    member = rig.stall()
    (process,) = [each for each in rig.processes() if each.calls]
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(grpc.RpcError):
        for _ in stream:
            pass
    eventually(lambda: not rig.channel.members() and not len(rig.streams))  # type: ignore[union-attr]
    assert member is not None
    again = rig.read()
    rig.publish(b"after")
    assert next(message for message in again if message == b"after")
    again.cancel()
    rig.close()


@pytest.mark.slow
def test_a_stream_of_a_new_life_is_free_though_all_others_are_stuck() -> None:
    rig = ProcessRig(ConflatedChannel(), 2)
    stuck = rig.read()
    rig.stall()
    (process,) = [each for each in rig.processes() if each.calls]
    other = 1 - process.number
    pid = rig.process(other).pid
    rig.kill(other)
    eventually(lambda: len(rig.processes()) == 1)
    rig.publish(b"the channel waits for the one stream that there is")
    eventually(partial(rig.lives, other, pid))
    poll = rig.server._engine._poll  # noqa: SLF001 - the new client is to be served by the new life
    rig.process(other).ask(frame(LISTEN, number=process.number), poll)
    process.ask(frame(UNLISTEN, number=process.number), poll)
    time.sleep(0.2)
    reader = Reader(rig)
    assert reader.process == other
    for number in range(5):
        rig.publish(b"%d" % number)
        eventually(partial(reader.has, b"%d" % number))
    reader.close()
    stuck.cancel()
    rig.close()


def test_a_client_that_waits_for_an_answer_of_a_dead_process_gets_none_and_others_do(rig: ProcessRig) -> None:
    reader = Reader(rig)
    call = next(iter(rig.process(reader.process).calls))
    rig.kill(reader.process)
    eventually(lambda: not any(call in each.calls for each in rig.processes()))
    rig.server._engine.send(call, b"late", True)  # noqa: SLF001 - as a handler would that did not know yet
    rig.server._engine.end(call, 0, b"")  # noqa: SLF001
    assert rig.call("Echo", b"x") == b"x"
    reader.close()
