"""Recorded exchange traffic for tests and benchmarks: found by ONEBOOK_CAPTURES, else in ../shared/captures.

Captures are never part of the repository. A test that needs one is skipped where they are absent, and fails where
CI=true says that they must be there.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Record(TypedDict):
    """One line of a capture."""

    t: str | None  # receive time in seconds
    k: str  # recv, send, http, connect
    u: str  # address or URL
    d: str  # the frame or body


def captures_folder() -> Path:
    """Where captures are looked for."""
    return Path(os.environ.get("ONEBOOK_CAPTURES") or ROOT.parent / "shared" / "captures").resolve()


def find_capture(name: str) -> Path | None:
    """The capture `name`, such as binance_spot/btcusdt_20240808-09.jsonl.gz; None where captures are absent."""
    path = captures_folder() / name
    return path if path.exists() else None


def capture_path(name: str) -> Path:
    """The same for tests: skips without captures, fails where CI=true."""
    path = find_capture(name)
    if path is None:
        reason = f"no capture {name}; set ONEBOOK_CAPTURES to the folder of captures"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def read_records(path: Path) -> Iterator[Record]:
    """The records of a capture in order of receipt."""
    decode = json.JSONDecoder().raw_decode
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield decode(line)[0]


def records(name: str) -> Iterator[Record]:
    """The records of the capture `name`; skips or fails as capture_path."""
    return read_records(capture_path(name))
