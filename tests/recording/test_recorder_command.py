"""What a recorder is sent comes back as it was."""

from __future__ import annotations

import io
from pathlib import Path

from recording import Retention, Ring, definition_lines, recorder_command
from recording.recorder_command import read_definitions
from tests.recording.samples import RUN, SOURCE


def test_definitions_come_back() -> None:
    sent = definition_lines([RUN, SOURCE])
    file = io.BytesIO(sent + b"what follows is not read")
    assert read_definitions(file) == [RUN, SOURCE]
    assert read_definitions(io.BytesIO(definition_lines([]))) == []


def test_the_command_runs_this_very_package() -> None:
    ring = Ring.made(1 << 16)
    words = recorder_command(ring, Path("/data"), Retention(7, 1.5))
    assert words[1:3] == ["-m", "recording.recorder_process"]
    assert words[3:] == ["--ring", str(ring.descriptor), "--folder", "/data", "--keep-days", "7", "--keep-gb", "1.5"]
    ring.close()
