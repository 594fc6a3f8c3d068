"""Many questions to files that are opened once are answered as by a store that opens them each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.history import day_reader, held_store
from server.history.folder import DAY
from server.history.held_store import HeldStore
from server.history.store import HistoryStore

from .samples import BTC, FINER, PEPE, source, trade, write


def test_answers_are_those_of_a_store_and_each_file_is_opened_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [trade(4)._replace(time=trade(4).time + DAY), trade(5, PEPE)]
    write(tmp_path, [trade(1), trade(2, FINER), trade(3, PEPE), *days])
    opened: list[Path] = []
    really = day_reader.opened

    def counted(path: Path) -> Any:
        opened.append(path)
        return really(path)

    monkeypatch.setattr(held_store, "opened", counted)
    plain = HistoryStore(tmp_path)
    with HeldStore(tmp_path) as store:
        for market in (BTC, PEPE, BTC._replace(venue="nowhere")):
            for newest_first in (False, True):
                wanted = source(market)
                found = store.trades(wanted, newest_first=newest_first)
                assert found == plain.trades(wanted, newest_first=newest_first)
                assert bool(found.rows) == (market.venue != "nowhere")
    assert len(opened) == len(set(opened)) == 2
