"""Books in a file of the test's own folder, and a C compiler where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shm.pure_reader import PureReader
from tests.shm.shared_file_rig import SharedFileRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SharedFileRig]:
    """A file as a server makes it, without a server."""
    pytest.importorskip("server.transport.shm._slots")
    made = SharedFileRig(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["c", "python"])
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What reads: each test runs over both."""
    kind: Any = PureReader
    if request.param == "c":
        kind = pytest.importorskip("shm._reader").Reader
    monkeypatch.setattr("shm.shared_books.make_reader", kind)
    return str(request.param)


@pytest.fixture(scope="session")
def compiler() -> str:
    """A C compiler."""
    found = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if not found:
        pytest.skip("no C compiler")
    return found
