"""When a book wants its next snapshot."""

from __future__ import annotations

from server.book.snapshot_timer import NEVER, SnapshotTimer
from server.units import SECOND


def test_nothing_is_wanted_at_first() -> None:
    timer = SnapshotTimer()
    assert timer.idle
    assert not timer.take(NEVER)


def test_one_snapshot_is_under_way_at_a_time() -> None:
    timer = SnapshotTimer()
    timer.ask(10)
    assert not timer.take(9)
    assert timer.take(10)
    assert timer.pending
    assert not timer.idle
    timer.ask(11)
    assert not timer.take(12), "the first answer is under way"
    timer.pending = False
    assert timer.take(12)


def test_settling_waits_for_a_frame_but_not_for_ever() -> None:
    timer = SnapshotTimer()
    timer.settle(5, 100)
    assert not timer.take(99)
    assert timer.take(100)
    timer = SnapshotTimer()
    timer.settle(50, 100)
    timer.frame_held(10)
    assert not timer.take(49)
    assert timer.take(50), "not before the earliest time, though a frame is there"


def test_a_frame_asks_for_nothing_where_nothing_settles() -> None:
    timer = SnapshotTimer()
    timer.frame_held(10)
    assert timer.idle


def test_waiting_puts_off_what_is_wanted_and_disowns_what_is_under_way() -> None:
    timer = SnapshotTimer()
    timer.wait(100)
    assert timer.idle, "nothing was wanted"
    timer.ask(10)
    timer.wait(100)
    assert not timer.take(99)
    assert timer.take(100)
    timer.wait(200)
    assert not timer.pending
    assert timer.take(200)


def test_retries_wait_longer_and_longer_until_a_snapshot_joins() -> None:
    def pause() -> int:
        timer.retry(0, 0.0)
        assert timer.due is not None
        return timer.due

    timer = SnapshotTimer()
    pauses = [pause() for _ in range(10)]
    assert pauses[0] <= SECOND // 2
    assert 15 * SECOND <= pauses[-1] <= 30 * SECOND
    timer.joined()
    assert pause() <= SECOND // 2
    timer.retry(0, 60.0)
    assert timer.due == 60 * SECOND, "the venue's own pause"


def test_cancelling_leaves_an_answer_under_way() -> None:
    timer = SnapshotTimer()
    timer.ask(1)
    assert timer.take(1)
    timer.ask(2)
    timer.cancel()
    assert timer.pending
    timer.pending = False
    assert not timer.take(NEVER)
