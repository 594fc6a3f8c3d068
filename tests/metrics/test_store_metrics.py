"""Values of a real recorder and a real history."""

from __future__ import annotations

from pathlib import Path

from server.history_source.server_history import ServerHistory
from server.metrics.store_metrics import METRICS, history_samples, recorder_samples
from server.recording.server_recorder import RecordingOptions, ServerRecorder
from tests.waiting import eventually

from .reading import read


def test_a_recorder_that_writes(tmp_path: Path) -> None:
    recorder = ServerRecorder(RecordingOptions(tmp_path, 1 << 20))
    try:
        before = read(recorder_samples(recorder))
        assert before[("onebook_recording_working",)] == 0
        recorder.begin(b"{}")
        recorder.start()
        eventually(lambda: read(recorder_samples(recorder))[("onebook_recording_records_total",)] >= 1)
        eventually(lambda: read(recorder_samples(recorder))[("onebook_recording_working",)] == 1)
        values = read(recorder_samples(recorder))
        assert values[("onebook_recording_bytes_total",)] > 0
        assert values[("onebook_recording_lost_messages_total",)] == values[("onebook_recording_restarts_total",)] == 0
    finally:
        recorder.stop()


def test_a_history_that_refuses(tmp_path: Path) -> None:
    history = ServerHistory(tmp_path)
    try:
        history.start()
        history.refused = 3
        values = read(history_samples(history))
        assert values[("onebook_history_refused_rows_total",)] == 3
        assert values[("onebook_history_lost_rows_total", "files")] == 0
        assert values[("onebook_history_restarts_total", "files")] == 0
        assert ("onebook_history_lost_rows_total", "database") not in values
        assert history.settle(60)
        assert read(history_samples(history))[("onebook_history_waiting_bytes", "files")] == 0
    finally:
        history.stop()
    recorded = {name for name, *_labels in values}
    assert recorded == {metric.name for metric in METRICS if "_history_" in metric.name}
