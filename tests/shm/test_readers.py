"""Which reader is taken, and that both do the same."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from shm.pure_reader import PureReader
from tests.captures import ROOT
from tests.shm.shared_file_rig import SharedFileRig, make_book


@pytest.mark.parametrize(("pure", "name"), [("1", "python"), ("", "c")])
def test_which_is_taken(pure: str, name: str) -> None:
    if name == "c":
        pytest.importorskip("shm._reader")
    words = "import shm; print(shm.IMPLEMENTATION)"
    environment = {**os.environ, "ONEBOOK_PURE": pure, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", words], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == name


def test_both_read_the_same(rig: SharedFileRig) -> None:
    in_c, in_python = pytest.importorskip("shm._reader").Reader(rig.file.memory), PureReader(rig.file.memory)
    try:
        for step in range(6):
            rig.live()
            assert in_c.read(0) == in_python.read(0)
            assert in_c.last(0) == in_python.last(0)
            assert in_c.version(0) == in_python.version(0) == min(step, 4)
            assert in_c.alive() == in_python.alive()
            if step < 4:
                rig.write(make_book(step))
            elif step == 4:
                rig.writer.remove(0)
    finally:
        in_c.close()
        in_python.close()
