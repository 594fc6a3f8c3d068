"""An epoch is one life of the server: a later one has a later start."""

from __future__ import annotations

import time

from server.publish.epoch import Epoch


def test_an_epoch_begins_now_in_nanoseconds_utc() -> None:
    before = time.time_ns()
    start = Epoch.now().start
    assert before <= start <= time.time_ns()


def test_lives_are_told_apart_by_their_start() -> None:
    assert Epoch(1) == Epoch(1)
    assert Epoch(1) != Epoch(2)
