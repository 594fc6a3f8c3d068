"""Counts of a process: checked, and kept over its lives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.delays import SHORT, Delays
from server.transport.http.processes.counts import AllCounts, Counts, counts_of
from server.transport.http.processes.link_frames import BrokenFrameError


def told(**changes: Any) -> bytes:
    delays = Delays()
    delays.add(1000)
    counted = {
        "turns": 9, "cpu_nanos": 2_000_000_000, "refused": 1, "bytes": 100, "answers": {"2xx": 3}, "connections": 2,
        "streams": {"events": 1, "connect": 0, "grpc_web": 0, "websocket": 0},
        "delays": delays.counts, "delay_nanos": delays.nanos,
    }  # fmt: skip
    return json.dumps(counted | changes).encode()


def test_lives_are_counted_together() -> None:
    counts = AllCounts(7)
    for _ in range(2):
        counts.take(counts_of(told()))
    assert (len(counts.connections), counts.connections.total) == (2, 7)
    assert counts.open_streams()["events"] == 1
    counts.life_ended()
    assert (len(counts.connections), counts.open_streams()["events"], counts.ends) == (0, 0, 1)
    counts.take(counts_of(told(refused=2)))
    counters = counts.counters
    assert (counters.refused, counters.bytes, counters.answers["2xx"], counters.answers["5xx"]) == (3, 200, 6, 0)
    assert (counts.delays().count, counts.delays().nanos) == (2, 2000)
    assert counts.cpu_seconds == 4.0


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"[" * 5000, told(turns=-1), told(bytes="x"), told(answers=[]), told(answers={"2xx": -1}),
        told(streams={}), told(streams=[]), told(delays=[1]), told(delays=["x"] * (len(SHORT) + 1)),
        told(delay_nanos=None),
    ],
)  # fmt: skip
def test_counts_that_are_none(body: bytes) -> None:
    with pytest.raises(BrokenFrameError):
        counts_of(body)


def test_a_life_that_has_counted_nothing() -> None:
    counts = AllCounts(1)
    counts.take(Counts())
    counts.life_ended()
    assert counts.counters.answers == {"2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0}
