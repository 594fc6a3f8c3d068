"""Several serving processes as one engine: their crashes, their limits, their counters, and their end."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from server.publish.channel import ConflatedChannel
from server.publish.event_buffer import EventBuffer
from server.transport.native import AVAILABLE
from server.transport.tls import Certificates, Tls
from tests.waiting import eventually

from ...test_tls import make, name_of

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")

if AVAILABLE:
    from server.transport.native.processes.frames import LISTEN, UNLISTEN, frame

    from .rig import ALONE, ProcessRig, Reader

EVENTS = 100_000


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def rig() -> Iterator[ProcessRig]:
    made = ProcessRig(ConflatedChannel(), 3)
    made.publish(b"state")
    yield made
    made.close()
    assert not children()


def spread(rig: ProcessRig, processes: int) -> list[Reader]:
    """Readers of which each process serves some."""
    readers: list[Reader] = []
    while len({reader.process for reader in readers}) < processes or len(readers) < 2 * processes:
        readers.append(Reader(rig))
        assert len(readers) < 60, "connections are not spread"
    return readers


def test_every_process_gets_connections_and_every_stream_the_newest_state(rig: ProcessRig) -> None:
    readers = spread(rig, 3)
    rig.publish(b"newer")
    for reader in readers:
        eventually(partial(reader.has, b"newer"))
        reader.close()
    eventually(lambda: not len(rig.streams))


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
        seat._start = lambda _number, _life: None  # noqa: SLF001
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


def test_a_process_that_does_not_move_is_killed(rig: ProcessRig, caplog: pytest.LogCaptureFixture) -> None:
    pid = rig.process(2).pid
    rig.kill(2, signal.SIGSTOP)
    began = time.monotonic()
    eventually(lambda: rig.lives(2, pid))
    assert 2.5 < time.monotonic() - began < 8.0
    assert "serving process 3 has not moved for 3 s: it is killed" in caplog.text
    assert "serving process 3 of 3 ended by signal 9 (Killed); started anew after" in caplog.text


def test_counters_are_of_all_processes_and_survive_them(rig: ProcessRig) -> None:
    readers = spread(rig, 3)
    for _ in range(5):
        rig.call("Echo")
    eventually(lambda: rig.server.counters()["connections"] == len(readers) + 1)
    before = rig.server.counters()
    assert before["calls"] == len(readers) + 5
    pids = {each.number: each.pid for each in rig.processes()}
    for number, pid in pids.items():
        os.kill(pid, signal.SIGKILL)
        eventually(partial(rig.lives, number, pid))
    now = rig.server.counters()
    assert all(now[name] >= count for name, count in before.items() if name not in ("connections", "half_open"))
    for reader in readers:
        reader.close()
    rig.client.close()
    eventually(lambda: rig.server.counters()["connections"] == 0)


def test_limits_are_for_all_processes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.transport.native.native_server.connection_limit", lambda: 30)
    rig = ProcessRig(ConflatedChannel(), 3)
    rig.publish(b"state")
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            channel: Any = stack.enter_context(grpc.insecure_channel(rig.target, ALONE))
            stack.callback(channel.unary_stream("/a.Service/Read")(b"").cancel)
        eventually(lambda: rig.server.counters()["refused_full"] > 0)
        assert 20 < rig.server.counters()["connections"] <= 30
        eventually(lambda: rig.server.counters()["connections"] == 30, "as clients try again, all places are taken")
    rig.close()


def test_lost_states_and_events_are_counted_over_all_processes() -> None:
    rig = ProcessRig(ConflatedChannel(), 2)
    rig.publish(b"state")
    readers = spread(rig, 2)
    topic = next(iter(rig.server._calls._relays._by_topic.values())).topic  # noqa: SLF001
    for number in range(300):
        rig.publish(b"%d" % number)
    eventually(lambda: all(reader.messages[-1] == b"299" for reader in readers))
    got = sum(len(reader.messages) - 1 for reader in readers)
    assert topic.conflated == 300 * len(readers) - got
    before = topic.conflated
    pid = rig.process(0).pid
    rig.kill(0)
    eventually(lambda: rig.lives(0, pid))
    assert topic.conflated >= before
    for reader in readers:
        reader.close()
    rig.close()


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
    eventually(lambda: not rig.channel.members())  # type: ignore[union-attr]
    assert member is not None
    again = rig.read()
    rig.publish(b"after")
    assert next(message for message in again if message == b"after")
    again.cancel()
    rig.close()


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


def test_a_stop_does_not_wait_for_a_process_that_hangs() -> None:
    rig = ProcessRig(ConflatedChannel(), 2)
    rig.kill(1, signal.SIGSTOP)
    began = time.monotonic()
    rig.server.stop(0.5)
    assert time.monotonic() - began < 5.0
    assert not children()
    rig.client.close()


def test_a_client_that_waits_for_an_answer_of_a_dead_process_gets_none_and_others_do(rig: ProcessRig) -> None:
    reader = Reader(rig)
    call = next(iter(rig.process(reader.process).calls))
    rig.kill(reader.process)
    eventually(lambda: not any(call in each.calls for each in rig.processes()))
    rig.server._engine.send(call, b"late", True)  # noqa: SLF001 - as a handler would that did not know yet
    rig.server._engine.end(call, 0, b"")  # noqa: SLF001
    assert rig.call("Echo", b"x") == b"x"
    reader.close()


def test_the_port_is_free_at_once_when_the_server_has_stopped() -> None:
    rig = ProcessRig(ConflatedChannel(), 3)
    rig.publish(b"state")
    stream = rig.read()
    assert next(stream) == b"state"
    pids = [each.pid for each in rig.processes()]
    rig.server.stop(1.0)
    for pid in pids:
        assert not psutil.pid_exists(pid)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", rig.server.port))
    rig.client.close()


def test_a_server_that_was_never_started_lets_go_of_its_port() -> None:
    from server.api.streams import Streams
    from server.transport.native.native_server import NativeServer

    gc.collect()
    before = descriptors()
    server = NativeServer([], Streams(1), "127.0.0.1", 0, 1, processes=2)
    server.stop(0.0)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", server.port))
    del server
    gc.collect()
    assert descriptors() <= before


def test_a_process_uses_no_more_memory_than_it_needs(rig: ProcessRig) -> None:
    sizes = [int(Path(f"/proc/{each.pid}/statm").read_text().split()[1]) * 4096 for each in rig.processes()]
    assert max(sizes) < 40 << 20


def test_keys_reach_every_life_of_a_process_and_are_not_to_be_seen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make(tmp_path, "first")
    certificates = Certificates(Tls(tmp_path / "c.pem", tmp_path / "k.pem"))
    rig = ProcessRig(ConflatedChannel(), 2, tls=certificates)
    make(tmp_path, "second")
    certificates.reload()
    for number in range(2):
        pid = rig.process(number).pid
        rig.kill(number)
        eventually(partial(rig.lives, number, pid))
    assert {name_of(rig.server.port) for _ in range(12)} == {"second"}
    for process in rig.processes():
        for name in ("cmdline", "environ"):
            assert b"PRIVATE" not in Path(f"/proc/{process.pid}/{name}").read_bytes()
        assert len(Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")) == 6
    assert "PRIVATE" not in caplog.text
    rig.close()
