"""The past of a stream of trades: parts, keys that live messages have too, and a history that cannot be used."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from onebook.v1.market_data_pb2 import StreamTradesResponse
from server.history.folder import day_of, day_path
from server.history.store import HistoryStore
from server.history_source.past_trades import PastTrades
from server.model import Pair
from server.publish.past_channel import PastError
from tests.history.samples import NOON, gap, trade, write


def past(folder: Path, settles: bool = True) -> PastTrades:
    history: Any = SimpleNamespace(store=HistoryStore(folder), settle=lambda _seconds: settles)
    return PastTrades(history, Pair("BTC", "USDT"), ["venue_a"], 1, 7)


def test_each_message_has_the_key_of_its_live_one(tmp_path: Path) -> None:
    write(tmp_path, [trade(1), gap(2), trade(3)])
    source = past(tmp_path)
    (first,) = source.begin()
    assert source.key_of(first) is None
    found = source.read(10)
    assert len(found) == 3
    for key, _at, payload in found:
        assert source.key_of(payload) == key
    assert source.read(10) == []
    assert source.settle()
    assert len(source.read(10)) == 3, "what may have come late is read again"


def test_a_gap_that_names_the_trade_before_is_the_same_gap(tmp_path: Path) -> None:
    """A stream names the last trade that it has sent, where the gap itself does not."""
    write(tmp_path, [gap(2)])
    source = past(tmp_path)
    ((key, _at, payload),) = source.read(10)
    live = StreamTradesResponse.FromString(payload)
    live.gap.after_trade_id = "another"
    assert source.key_of(live.SerializeToString()) == key


def test_what_cannot_settle_is_a_gap_per_venue(tmp_path: Path) -> None:
    source = past(tmp_path, settles=False)
    assert not source.settle()
    (payload,) = source.unsettled()
    made = StreamTradesResponse.FromString(payload).gap
    assert (made.venue, made.missing, made.header.past) == ("venue_a", 0, True)


def test_a_damaged_file(tmp_path: Path) -> None:
    day_path(tmp_path, day_of(NOON)).write_bytes(b"no database" * 1000)
    with pytest.raises(PastError, match="damaged"):
        past(tmp_path).read(1)
