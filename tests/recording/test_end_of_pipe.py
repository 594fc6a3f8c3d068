"""The end of a pipe is the end of who held its other end."""

from __future__ import annotations

import os

from recording import EndOfPipe


def test_the_end_of_a_pipe_is_seen_and_waited_for() -> None:
    reads, writes = os.pipe()
    end = EndOfPipe(reads)
    assert not end.wait(0.01)
    os.write(writes, b"what is written is no end")
    assert not end.wait(1.0)
    os.close(writes)
    assert end.wait(1.0)
    os.close(reads)
