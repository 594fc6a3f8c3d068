"""A server's recording from its first record to its last."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording import Kind, State, bodies, read
from recording.verify import check
from server.errors import ConfigError
from server.feed.socket_plan import SocketPlan
from server.recording import server_recorder
from server.recording.server_recorder import RecordingOptions, ServerRecorder
from tests.waiting import eventually


def options(folder: Path) -> RecordingOptions:
    return RecordingOptions(folder, 1 << 20)


def test_a_run_is_recorded_in_order(tmp_path: Path) -> None:
    recorder = ServerRecorder(options(tmp_path / "data"))
    recorder.begin(b'{"epoch":7}')
    taps = recorder.taps("sim")
    taps.rest()
    tap = taps.connection(SocketPlan(()), 0)
    recorder.start()
    tap.put(1, b"/ws", 1, 2)
    tap.put(2, b"message", 3, 4)
    recorder.states([bodies.BookState("BTC/USDT", "sim", 5, "0" * 16, 6)])
    recorder.command("venue_added", venue="other")
    eventually(lambda: recorder.state[0] is State.RECORDING, "the recorder")
    eventually(lambda: recorder.counters.behind == 0, "all on the disk")
    assert recorder.counters.records == 7
    recorder.stop()
    kinds = [Kind(record.kind).name for record in read(tmp_path / "data")]
    assert kinds == ["RUN", "SOURCE", "SOURCE", "OPENED", "RECEIVED", "STATE", "COMMAND", "END"]
    assert check(tmp_path / "data") == []


def test_two_servers_cannot_record_into_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_recorder, "LOCK_PATIENCE", 0.1)
    first = ServerRecorder(options(tmp_path))
    with pytest.raises(ConfigError, match=r"data: .* is being recorded into by another process \(\d+\)$"):
        ServerRecorder(options(tmp_path))
    first.stop()
    ServerRecorder(options(tmp_path)).stop()


def test_a_folder_that_cannot_be_used_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="data: .*file is not a folder"):
        ServerRecorder(options(tmp_path / "file"))
