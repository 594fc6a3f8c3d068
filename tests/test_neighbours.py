"""The server's neighbours are those of its own tree."""

from __future__ import annotations

from pathlib import Path

import recording
from server import neighbours


def test_the_recording_package_is_that_beside_the_server() -> None:
    assert neighbours.recording is recording
    assert recording.__file__ is not None
    assert neighbours.__file__ is not None
    assert Path(recording.__file__).parent.parent == Path(neighbours.__file__).parent.parent
