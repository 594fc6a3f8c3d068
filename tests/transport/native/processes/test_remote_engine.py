"""Several serving processes as one engine: their limits, their counters, and their end."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import time
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from server.publish.channel import ConflatedChannel
from server.transport.native import PROCESSES
from server.transport.tls import Certificates, Tls
from tests.waiting import eventually

from ...service_rig import serving_processes
from ...test_tls import make, name_of

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from .rig import ALONE, ProcessRig, descriptors, spread

EVENTS = 100_000


def test_every_process_gets_connections_and_every_stream_the_newest_state(rig: ProcessRig) -> None:
    readers = spread(rig, 3)
    rig.publish(b"newer")
    for reader in readers:
        eventually(partial(reader.has, b"newer"))
        reader.close()
    eventually(lambda: not len(rig.streams))


def test_counters_are_of_all_processes_and_survive_them(rig: ProcessRig) -> None:
    readers = spread(rig, 3)
    for _ in range(5):
        rig.call("Echo")
    eventually(lambda: rig.server.counters()["connections"] == len(readers) + 1)
    rig.publish(b"newer")
    eventually(lambda: rig.server.send_delays().count >= len(readers), "each reader's message is timed")
    delays = rig.server.send_delays()
    assert 0 < delays.nanos < delays.count * 60e9
    before = rig.server.counters()
    assert before["calls"] == len(readers) + 5
    pids = {each.number: each.pid for each in rig.processes()}
    for number, pid in pids.items():
        os.kill(pid, signal.SIGKILL)
        eventually(partial(rig.lives, number, pid))
    assert rig.server.send_delays().count >= delays.count
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


def test_lost_states_and_events_are_counted_over_all_processes(rig: ProcessRig) -> None:
    readers = spread(rig, 3)
    topic = next(iter(rig.server._calls._relays._by_topic.values())).topic  # noqa: SLF001
    for number in range(300):
        rig.publish(b"%d" % number)
    eventually(lambda: all(reader.has(b"299") for reader in readers))
    rig.publish(b"300")  # What was lost before a message is counted with it.
    eventually(lambda: all(reader.has(b"300") for reader in readers))
    lost = 301 * len(readers) - sum(len(reader.messages) - 1 for reader in readers)
    assert not any(reader.breaks for reader in readers), "all have read one stream from its begin"
    counted = rig.channel
    assert isinstance(counted, ConflatedChannel)
    eventually(lambda: counted.conflated == lost, lambda: f"{counted.conflated} of {lost} are counted")
    assert topic.conflated <= lost, "the processes count what was published to them"
    before = topic.conflated
    pid = rig.process(0).pid
    rig.kill(0)
    eventually(lambda: rig.lives(0, pid))
    assert topic.conflated >= before
    for reader in readers:
        reader.close()


@pytest.mark.slow
def test_a_stop_does_not_wait_for_a_process_that_hangs() -> None:
    before = set(serving_processes())
    rig = ProcessRig(ConflatedChannel(), 2)
    rig.kill(1, signal.SIGSTOP)
    began = time.monotonic()
    rig.server.stop(0.5)
    assert time.monotonic() - began < 5.0
    assert set(serving_processes()) <= before
    rig.client.close()


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
