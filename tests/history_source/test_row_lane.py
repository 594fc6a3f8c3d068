"""A lane of rows: what is put is written, what does not fit is counted, and the first line of its input is its own."""

from __future__ import annotations

import sys
import time

from recording import Ring
from server.history_source.row_lane import RowLane
from server.history_source.server_history import _words
from server.ring_child import Words
from tests.captures import ROOT
from tests.waiting import eventually

WORDS: Words = _words(ROOT)
TAKES_ALL = """
import os, select, sys
from recording import Ring
line = b""
while not line.endswith(b"\\n"):
    line += os.read(0, 1)
assert line == b"a secret\\n", line
ring = Ring(int(sys.argv[1]))
while True:
    batch = ring.collect(1 << 20)
    if batch is not None:
        ring.advance(batch.end)
    ready, _, _ = select.select([0], [], [], 0.01)
    if ready and not os.read(0, 100):
        break
"""


def command(ring: Ring) -> list[str]:
    return [sys.executable, "-c", TAKES_ALL.replace("\\\\", "\\"), str(ring.descriptor)]


def test_what_is_put_settles() -> None:
    lane = RowLane(WORDS, command, first_input=b"a secret\n")
    lane.start()
    for _ in range(100):
        lane.put(b"x" * 100, time.time_ns(), time.monotonic_ns())
    eventually(lambda: lane.settle(5), "all is taken")
    assert lane.counters.lost == 0
    lane.stop()
    assert lane.child.restarts == 0


def test_what_does_not_fit_is_counted_and_does_not_settle() -> None:
    lane = RowLane(WORDS, lambda _ring: [sys.executable, "-c", "import time; time.sleep(100)"])
    for _ in range(40):
        lane.put(b"x" * (1 << 20), 1, 1)
    assert lane.counters.lost > 0
    assert not lane.settle(0.05)
