"""A history that is built while a recording is played settles on the player's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from server.history.errors import HistoryError
from server.history.store import HistoryStore
from server.replay.played_history import PlayedHistory
from server.replay.row_writers import RowWriters
from tests.history.samples import BTC, source, trade


def test_it_settles_with_a_turn(tmp_path: Path) -> None:
    history = PlayedHistory(RowWriters(tmp_path, None))
    history.writers.put([trade(1)])
    assert not history.settle(0.05), "nobody turns"
    stop = threading.Event()

    def turns() -> None:
        while not stop.wait(0.001):
            history.turn()

    thread = threading.Thread(target=turns)
    thread.start()
    history.writers.put([trade(2)])
    assert history.settle(20)
    assert len(HistoryStore(tmp_path).trades(source(BTC)).rows) == 2
    stop.set()
    thread.join()
    history.stop()


class SlowWriters(RowWriters):
    """Rows that take as long to write as the test wants, or cannot be written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, None)
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.failures = 0

    def settle(self) -> None:
        super().settle()
        self.begun.set()
        assert self.go_on.wait(20)
        if self.failures:
            self.failures -= 1
            raise HistoryError("no room")


@pytest.fixture
def slow(tmp_path: Path) -> Iterable[SlowWriters]:
    writers = SlowWriters(tmp_path)
    yield writers
    writers.go_on.set()
    writers.close()


def in_thread(step: object) -> threading.Thread:
    thread = threading.Thread(target=step)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_rows_put_during_the_turn_of_a_wait_that_has_timed_out_are_not_settled(slow: SlowWriters) -> None:
    history = PlayedHistory(slow)
    history.writers.put([trade(1)])
    assert not history.settle(0.01), "nobody turns"
    turn = in_thread(history.turn)
    assert slow.begun.wait(20)
    history.writers.put([trade(2)])
    answers: list[bool] = []
    wait = in_thread(lambda: answers.append(history.settle(0.2)))
    while history.asked < 2:  # The second wait has begun.
        pass
    slow.go_on.set()
    turn.join()
    wait.join()
    assert answers == [False], "the turn had begun before trade 2 came"
    assert len(HistoryStore(slow.folder).trades(source(BTC)).rows) == 1
    history.turn()
    assert len(HistoryStore(slow.folder).trades(source(BTC)).rows) == 2


def test_each_wait_is_tried_once_where_rows_cannot_be_written(slow: SlowWriters) -> None:
    history = PlayedHistory(slow)
    slow.go_on.set()
    slow.failures = 1
    history.writers.put([trade(1)])
    assert not history.settle(0.01)
    history.turn()
    slow.begun.clear()
    history.turn()
    assert not slow.begun.is_set(), "nobody waits anew"
    wait = in_thread(lambda: history.settle(20))
    while history.asked < 2:
        pass
    history.turn()
    wait.join(20)
    assert not wait.is_alive()
