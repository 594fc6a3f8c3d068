"""The recorder's process is watched, and started again when it dies."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from recording import Record, Retention, Ring, read, recorder_command
from server.recording.server_recorder import recorder_words
from server.ring_child import RingChild
from tests.recording.samples import message
from tests.waiting import eventually

Maker = Callable[..., RingChild]


@pytest.fixture
def ring() -> Iterator[Ring]:
    made = Ring.made(1 << 20)
    yield made
    made.close()


def child(ring: Ring, folder: Path, command: Sequence[str] = ()) -> RingChild:
    words = command or recorder_command(ring, folder, Retention())
    return RingChild(recorder_words(folder), words, ring, (ring.descriptor,), lambda: b"\n")


def put(ring: Ring, record: Record) -> None:
    assert ring.put(record.source, record.kind, record.body, *record[3:])


def test_a_recorder_that_is_killed_is_replaced_and_nothing_is_lost(
    ring: Ring, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    recorder = child(ring, tmp_path)
    recorder.start()
    sent = []
    for round_ in range(3):
        for number in range(50):
            sent.append(message(round_ * 100 + number))
            put(ring, sent[-1])
        first = eventually(lambda: recorder.pid, "a recorder")
        os.kill(first, signal.SIGKILL)
        eventually(partial(_is_another, recorder, first), "its successor")
    recorder.stop(20.0)
    assert list(read(tmp_path)) == sent
    assert recorder.restarts == 3
    lines = [record.getMessage() for record in caplog.records]
    assert lines.count("the recorder died (-9); another one continues") == 3


def _is_another(recorder: RingChild, pid: int) -> bool:
    return recorder.pid not in (None, pid)


def test_a_recorder_that_died_at_the_end_is_started_once_more(ring: Ring, tmp_path: Path) -> None:
    recorder = child(ring, tmp_path)
    recorder.start()
    pid = eventually(lambda: recorder.pid, "a recorder")
    put(ring, message(1))
    os.kill(pid, signal.SIGKILL)
    recorder.stop(20.0)
    assert list(read(tmp_path)) == [message(1)]


def test_what_a_process_said_last_is_in_the_log(ring: Ring, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = child(ring, tmp_path, [sys.executable, "-c", "raise SystemExit('it cannot work')"])
    recorder.start()
    eventually(lambda: recorder.restarts >= 2, "two attempts")
    recorder.stop(5.0)
    assert "the recorder died (1): it cannot work; another one continues" in caplog.text


def test_trouble_is_said_once_and_so_is_its_end(ring: Ring, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    folder = tmp_path / "gone"
    recorder = child(ring, folder)
    recorder.start()
    eventually(lambda: "nothing can be recorded" in caplog.text, "word of the trouble")
    eventually(lambda: ring.state[0] == 2, "the state")
    folder.mkdir()
    eventually(lambda: "all messages are recorded again" in caplog.text, "word of its end")
    recorder.stop(20.0)
    assert caplog.text.count("nothing can be recorded") == 1


def test_a_recorder_that_does_not_end_is_killed(ring: Ring, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = child(ring, tmp_path, [sys.executable, "-c", "import time; time.sleep(60)"])
    recorder.start()
    recorder.stop(0.5)
    assert "it was killed" in caplog.text
    assert recorder.pid is None
