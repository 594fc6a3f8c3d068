"""A history that is built while a recording is played settles on the player's thread."""

from __future__ import annotations

import threading
from pathlib import Path

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
