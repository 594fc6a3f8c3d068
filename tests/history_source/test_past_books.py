"""The past of a stream of books: each second once, in parts of any length."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from onebook.v1.market_data_pb2 import StreamBookResponse
from server.history.folder import day_of, day_path
from server.history.store import HistoryStore
from server.history_source.past_books import PastBooks
from server.model import Pair
from server.publish.past_channel import PastError
from server.units import SECOND
from tests.history.samples import NOON, book, write


@pytest.mark.parametrize("limit", [1, 4, 100])
def test_each_second_once(tmp_path: Path, limit: int) -> None:
    # Books of the past are read up to now.
    write(tmp_path, [book(number, step=SECOND)._replace(time=NOON - 10**17 + number * SECOND) for number in range(10)])
    history: Any = SimpleNamespace(store=HistoryStore(tmp_path))
    source = PastBooks(history, Pair("BTC", "USDT"), ["venue_a"], 3, NOON - 10**17 + 1, 7)
    assert source.begin() == []
    found = []
    while part := source.read(limit):
        assert len(part) <= limit
        found += part
    made = [StreamBookResponse.FromString(payload).book for _key, _at, payload in found]
    assert [each.header.receive_time_nanos for each in made] == [NOON - 10**17 + n * SECOND for n in range(1, 10)]
    assert {len(each.bids) for each in made} == {3}
    assert source.settle()
    assert source.unsettled() == []
    assert source.key_of(found[0].payload) is None


def test_a_damaged_file(tmp_path: Path) -> None:
    today = day_of(time.time_ns())
    day_path(tmp_path, today).write_bytes(b"no database" * 1000)
    history: Any = SimpleNamespace(store=HistoryStore(tmp_path))
    with pytest.raises(PastError, match="damaged"):
        PastBooks(history, Pair("BTC", "USDT"), ["venue_a"], 3, 1, 7).read(1)
