"""`--data` of a real server: nothing that was recorded is lost, whatever is killed, and nothing is there twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from recording import Kind, Record, bodies, is_locked, read, segments
from recording.verify import check
from tests.volume import examples
from tests.waiting import eventually

from .processes import Server, Simulator, Yard

VENUES = "binance,bitstamp"
ROUNDS = examples(20)
"""Of a server that is killed: each starts one."""
FAST = ("--venues", VENUES, "--rate", "40")


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator(*FAST)


def recorder_of(server: Server) -> int | None:
    """The process that records for a server."""
    for child in psutil.Process(server.pid).children():
        try:
            if "recorder_process" in " ".join(child.cmdline()):
                return child.pid
        except psutil.NoSuchProcess:
            continue
    return None


def contents(folder: Path) -> dict[Path, bytes]:
    return {segment.path: segment.path.read_bytes() for segment in segments(folder)}


def recorded(folder: Path) -> int:
    """Bytes of all segments."""
    return sum(segment.path.stat().st_size for segment in segments(folder))


def sources(records: list[Record]) -> Iterator[tuple[str, list[Record]]]:
    """The records of each connection of each run, with its venue."""
    found: dict[int, list[Record]] = {}
    venues: dict[int, str] = {}
    for record in records:
        if record.kind == Kind.RUN:
            yield from ((venues[source], rows) for source, rows in found.items())
            found, venues = {}, {}
        elif record.kind == Kind.SOURCE:
            told = bodies.unpacked(record.body)
            if "venue" in told:
                venues[record.source] = told["venue"]
        elif record.source in venues:
            found.setdefault(record.source, []).append(record)
    yield from ((venues[source], rows) for source, rows in found.items())


def check_complete(records: list[Record]) -> int:
    """Each connection has each event once and in order, and no update of its book is missing. Returns the updates."""
    updates = 0
    for venue, rows in sources(records):
        # A message has the time of its receipt, and may have waited until after a tick.
        for kind in (Kind.RECEIVED, Kind.TICK):
            times = [row.monotonic for row in rows if row.kind == kind]
            assert times == sorted(times)
        assert len({(row.kind, row.monotonic, row.body) for row in rows}) == len(rows)
        last = 0
        for row in rows:
            if row.kind == Kind.OPENED:
                last = 0
            elif venue == "binance" and row.kind == Kind.RECEIVED and b'"depthUpdate"' in row.body:
                update = json.loads(row.body)["data"]
                assert update["U"] == last + 1 or not last
                last, updates = update["u"], updates + 1
    return updates


def test_a_recorder_is_killed_at_random_moments(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    server = yard.serve(simulator, "--data", str(tmp_path))
    draw, rounds = random.Random(7), examples(20)
    eventually(lambda: server.said("binance is live"), "a book")
    size = 0
    for number in range(rounds):
        victim = eventually(lambda: recorder_of(server), "a recorder")
        if number % 5:  # Else while it starts.
            eventually(lambda size=size: recorded(tmp_path) > size, "a block")  # type: ignore[misc]
        time.sleep(draw.uniform(0.0, 0.4))
        size = recorded(tmp_path)
        before = contents(tmp_path)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda victim=victim: recorder_of(server) not in (None, victim), "its successor")  # type: ignore[misc]
        for path, data in before.items():
            whole = path.read_bytes()
            assert whole.startswith(data[: len(whole)])
    assert len(server.said("the recorder died (-9)")) == rounds
    assert server.stop() == 0
    records = list(read(tmp_path))
    assert check_complete(records) > rounds
    assert records[-1].kind == Kind.END
    assert check(tmp_path) == []
    assert not [record for record in records if record.kind == Kind.LOST]


def test_a_server_is_killed_at_random_moments(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    """The recorder writes what the server had put, seals the segment, and the next server continues."""
    draw, began = random.Random(8), 0
    for _ in range(ROUNDS):
        server = yard.serve(simulator, "--data", str(tmp_path), serving=False)
        path = eventually(lambda began=began: [each.path for each in segments(tmp_path)][began:], "a segment")[0]  # type: ignore[misc]
        eventually(lambda path=path: b"obblock1" in path.read_bytes()[64:], "a block")  # type: ignore[misc]
        time.sleep(draw.uniform(0.0, 0.5))
        before = path.read_bytes()
        killed = time.time_ns()
        server.kill()
        eventually(lambda: not is_locked(tmp_path), "the end of the recorder")
        assert path.read_bytes().startswith(before)
        last = max(record.time for record in read(path))
        assert killed - last < 0.6e9, "the last quarter of a second is missing"
        began = len(segments(tmp_path))
    records = list(read(tmp_path))
    assert sum(record.kind == Kind.RUN for record in records) == ROUNDS
    assert not [record for record in records if record.kind in (Kind.LOST, Kind.END)]
    check_complete(records)
    assert check(tmp_path) == []


def test_ctrl_c_in_a_terminal_ends_the_recording_in_order(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    """The terminal's signal goes to all processes of the group; the recorder is not among them, and ends with us."""
    server = yard.serve(simulator, "--data", str(tmp_path))
    eventually(lambda: server.said("binance is live"), "a book")
    os.killpg(server.pid, signal.SIGINT)
    assert server.wait() == 0
    assert not is_locked(tmp_path)
    assert [record.kind for record in read(tmp_path)][-1] == Kind.END
    assert check(tmp_path) == []


def test_a_second_server_is_told_whose_the_folder_is(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    first = yard.serve(simulator, "--data", str(tmp_path))
    second = yard.run("server.py", "--config", str(simulator.config), "--port", "0", "--data", str(tmp_path))
    assert second.returncode == 2
    assert f"is being recorded into by another process ({first.pid})" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def full_disk(folder: Path, size: int) -> bool:
    """Mounts a small disk there, where this may be done."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_full_disk_costs_the_recording_and_nothing_else(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    if not full_disk(tmp_path, 300_000):
        pytest.skip("no disk may be mounted here")
    try:
        filler = tmp_path / "filler"
        filler.write_bytes(bytes(200_000))
        server = yard.serve(simulator, "--data", str(tmp_path), "--data-ring-mb", "1")
        eventually(lambda: server.said("nothing can be recorded"), "word of the full disk")
        (said,) = server.said("nothing can be recorded")
        assert "No space left on device" in said
        eventually(lambda: server.said("messages are lost for the recording"), "word of the loss", 60.0)
        assert not server.said("withdrawn")
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=50000000", str(tmp_path)], check=True, capture_output=True)
        eventually(lambda: server.said("all messages are recorded again"), "the recovery")
        eventually(lambda: server.said("no message is lost any more"), "the end of the loss", 60.0)
        (lost,) = server.said("no message is lost any more")
        assert server.stop() == 0
        records = list(read(tmp_path))
        told = [bodies.unpacked(record.body) for record in records if record.kind == Kind.LOST]
        assert lost.split(";")[1].split()[0] == str(sum(each["messages"] for each in told))
        assert all(" were lost until " in finding for finding in check(tmp_path))
        assert records[-1].kind == Kind.END
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True, capture_output=True)


def test_recording_without_a_port(yard: Yard, simulator: Simulator, tmp_path: Path) -> None:
    config = tmp_path / "sim.toml"
    config.write_text(simulator.config.read_text())
    process = yard.process("-m", "cli", "record", str(tmp_path / "data"), "--config", str(config), name="record")
    eventually(lambda: "is live" in process.errors(), "a book")
    assert not [each for each in psutil.Process(process.pid).net_connections() if each.status == "LISTEN"]
    assert process.stop() == 0
    assert check_complete(list(read(tmp_path / "data"))) >= 0
    assert check(tmp_path / "data") == []
