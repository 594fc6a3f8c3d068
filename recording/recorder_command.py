"""How a server starts a recorder: the command line, and what the recorder is sent on its standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from .records import Record
from .retention import Retention
from .ring import Ring


def recorder_command(ring: Ring, folder: Path, retention: Retention) -> list[str]:
    """The command line of a recorder, which inherits the ring's descriptor."""
    return [
        sys.executable,
        "-m",
        f"{__package__}.recorder_process",
        *("--ring", str(ring.descriptor)),
        *("--folder", str(folder)),
        *("--keep-days", str(retention.days)),
        *("--keep-gb", str(retention.gigabytes)),
    ]


def definition_lines(definitions: Sequence[Record]) -> bytes:
    """What a recorder is sent first."""
    lines = [json.dumps([kind, source, body.decode(), *times]) for kind, source, body, *times in definitions]
    return "".join(f"{line}\n" for line in [*lines, ""]).encode()


def read_definitions(file: BinaryIO) -> list[Record]:
    """The definitions, as definition_lines() has written them."""
    found = []
    while line := file.readline().strip():
        kind, source, body, time, monotonic = json.loads(line)
        found.append(Record(kind, source, body.encode(), time, monotonic))
    return found
