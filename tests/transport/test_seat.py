"""Lives of one serving process: begun, watched, ended, begun anew."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from typing import Any

import pytest

from server.transport.seat import HANGS, LONGEST_PAUSE, STARTS_WITHIN, Seat, end_of

PAUSE = 0.25


class Lives:
    """Stands in for the processes of a seat."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.killed: list[str] = []
        self.ready, self.lost, self.status, self.hanging = True, False, 0, 0.0
        self.refuses: OSError | None = None
        self.stopping = False

    def start(self, life: int) -> Any:
        if self.refuses is not None:
            raise self.refuses
        if self.stopping:
            return None
        self.begun.append(life)
        self.lost = False
        return self

    def hangs_for(self, _now: float, _pause: float) -> float:
        return self.hanging

    def kill(self, why: str) -> None:
        self.killed.append(why)

    def wait(self, _seconds: float) -> int:
        return self.status

    def end(self, status: int) -> None:
        self.lost, self.status = True, status


def looked(seat: Seat[Any], now: float, seconds: float) -> float:
    """Looks as often as the seat says, until so many seconds are over."""
    until = now + seconds
    while now < until:
        now += max(0.001, seat.look(now, PAUSE))
    return now


def test_a_process_that_ends_is_started_anew_and_one_line_says_so(caplog: pytest.LogCaptureFixture) -> None:
    lives = Lives()
    seat = Seat("serving process 2 of 4", lives.start)
    now = looked(seat, 100.0, 1.0)
    assert lives.begun == [0]
    lives.end(-11)
    looked(seat, now, 0.3)
    assert lives.begun == [0, 1]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("serving process 2 of 4 ended by signal 11 (Segmentation fault); started anew after 0.1 s")


def test_one_that_ends_again_and_again_waits_longer_and_one_that_lived_long_does_not() -> None:
    lives = Lives()
    seat, now = Seat("serving process 1 of 1", lives.start), 100.0
    for _ in range(12):
        now = looked(seat, now, 2 * LONGEST_PAUSE)
        lives.end(1)
    begun = len(lives.begun)
    now = looked(seat, now, LONGEST_PAUSE / 2 - 0.1)
    assert len(lives.begun) == begun
    now = looked(seat, now, 100.0)
    assert len(lives.begun) == begun + 1
    lives.end(1)
    looked(seat, now, 0.3)
    assert len(lives.begun) == begun + 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hanging": 3.1}, f"has not moved for {HANGS:g} s"),
        ({"ready": False}, f"has not begun to serve within {STARTS_WITHIN:g} s"),
    ],
)
def test_one_that_does_nothing_is_killed(changes: dict[str, Any], words: str) -> None:
    lives = Lives()
    seat = Seat("serving process 1 of 1", lives.start)
    now = looked(seat, 100.0, 31.0)
    assert not lives.killed
    for name, value in changes.items():
        setattr(lives, name, value)
    seat.look(now, PAUSE)
    assert lives.killed == [words]


def test_one_that_cannot_be_started_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    lives = Lives()
    lives.refuses = OSError(11, "Resource temporarily unavailable")
    seat = Seat("serving process 1 of 2", lives.start)
    now = looked(seat, 100.0, 1.0)
    assert "serving process 1 of 2 could not be started (Resource temporarily unavailable)" in caplog.text
    assert all(record.levelno == logging.ERROR for record in caplog.records)
    lives.refuses = None
    looked(seat, now, 20.0)
    assert lives.begun == [0]


def test_none_is_started_while_the_server_stops() -> None:
    lives = Lives()
    lives.stopping = True
    seat = Seat("serving process 1 of 1", lives.start)
    assert seat.look(100.0, PAUSE) == PAUSE, "nobody is in a hurry"
    assert seat.process is None
    assert lives.begun == []


@pytest.mark.parametrize(
    ("code", "seconds", "status"),
    [
        ("raise SystemExit(3)", 30.0, 3),
        ("import time; time.sleep(600)", 0.0, -signal.SIGKILL),
    ],
)
def test_the_end_of_a_process_is_waited_for_or_brought_about(code: str, seconds: float, status: int) -> None:
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        assert end_of(process, seconds) == status
