"""A loss is told once when it begins and once when it is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording import Kind, Ring
from server.loss_report import QUIET, LossReport
from server.recording.server_recorder import recorder_words


def test_a_loss_is_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    ring, now = Ring.made(1 << 16), [0.0]
    report = LossReport(ring, recorder_words(Path("/data")).losses, lambda: now[0])
    report.look()
    for _ in range(3):
        for _ in range(5):
            ring.put(1, Kind.RECEIVED, bytes(1 << 17), 1, 1)
        report.look()
        now[0] += 1.0
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    now[0] += QUIET
    report.look()
    report.look()
    assert len(caplog.records) == 2
    text = caplog.records[1].getMessage()
    assert text == f"no message is lost any more; 15 messages of {15 << 17} bytes were, and the recording says where"
    ring.close()
