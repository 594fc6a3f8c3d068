"""The recorder as a process: it ends with its pipe, and with nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from recording import (
    EndOfPipe,
    Kind,
    Record,
    Retention,
    Ring,
    State,
    definition_lines,
    package_root,
    read,
    recorder_command,
)
from recording.recorder_process import IGNORED, main
from tests.recording.samples import RUN, SOURCE, message
from tests.waiting import eventually


def started(ring: Ring, folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        recorder_command(ring, folder, Retention()),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[ring.descriptor],
        cwd=package_root(),
    )
    assert process.stdin is not None
    process.stdin.write(definition_lines([RUN, SOURCE]))
    process.stdin.flush()
    return process


def test_signals_are_for_the_server_and_the_end_of_the_pipe_is_for_the_recorder(tmp_path: Path) -> None:
    ring = Ring.made(1 << 20)
    process = started(ring, tmp_path)
    eventually(lambda: ring.state[0] is State.RECORDING, "the recorder")
    for each_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(each_signal)
    for number in range(100):
        each = message(number)
        ring.put(each.source, each.kind, each.body, *each[3:])
    eventually(lambda: ring.counters.behind == 0, "all on the disk")
    assert process.poll() is None
    ring.put(0, Kind.END, b"", 5, 6)
    assert process.communicate(timeout=20) == (None, b"")
    assert process.returncode == 0
    found = list(read(tmp_path))
    assert [each.body for each in found[:2]] == [RUN.body, SOURCE.body]
    assert found[2:] == [*(message(number) for number in range(100)), Record(Kind.END, 0, b"", 5, 6)]
    ring.close()


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    ring = Ring.made(1 << 20)
    folder = tmp_path / "gone"
    process = started(ring, folder)
    eventually(lambda: ring.state[0] is State.FAILING, "word of the trouble")
    assert str(folder) in ring.state[1]
    folder.mkdir()
    eventually(lambda: ring.state[0] is State.RECORDING, "the recording")
    process.communicate(timeout=20)
    assert process.returncode == 0
    ring.close()


def test_the_end_of_a_pipe_is_seen_and_words_are_not_the_end() -> None:
    reading, writing = os.pipe()
    end = EndOfPipe(reading)
    assert not end.wait(0.0)
    os.write(writing, b"words")
    assert not end.wait(0.0)
    os.close(writing)
    assert end.wait(5.0)
    os.close(reading)


def test_it_must_be_told_its_ring() -> None:
    before = {name: signal.getsignal(getattr(signal, name)) for name in IGNORED}
    try:
        with pytest.raises(SystemExit):
            main([])
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
