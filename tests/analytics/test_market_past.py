"""The trades that analytics read of a history when the server starts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from server.analytics import market_past
from server.analytics.market_past import MarketPast
from server.history.folder import DAY
from server.history.store import HistoryStore
from server.model import Pair
from tests.history.samples import BTC, FINER, NOON, trade, write

NOW = NOON + 60_000_000_000


def past(folder: Path, now: int = NOW) -> MarketPast:
    return MarketPast(HistoryStore(folder), Pair("BTC", "USDT"), ["venue_a", "venue_b"], now)


def test_trades_come_oldest_first_at_all_scales_over_all_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_past, "MOST_ROWS", 2)
    monkeypatch.setattr(market_past, "REMEMBERED", 3)
    write(tmp_path, [trade(number, FINER if number % 2 else BTC) for number in (1, 2, 3, 4, 5)])
    made = past(tmp_path)
    assert {venue: [each.number for each in found] for venue, found in made.newest.items()} == {"venue_a": [3, 4, 5]}
    found = made.trades("venue_a", trade(2).time)
    assert found is not None
    assert [each.number for each in found] == [2, 3, 4, 5]
    assert found[0].price == Decimal(trade(2).price).scaleb(-2)
    assert found[0].size == Decimal(trade(2).quantity).scaleb(-8)
    assert found[1].price == Decimal(trade(3, FINER).price).scaleb(-6)


def test_too_many_trades_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [trade(number) for number in range(1, 6)])
    monkeypatch.setattr(market_past, "MOST_ROWS", 2)
    monkeypatch.setattr(market_past, "MOST_TRADES", 3)
    assert past(tmp_path).trades("venue_a", 0) is None


def test_trades_of_more_than_a_day_ago_are_not_continued(tmp_path: Path) -> None:
    write(tmp_path, [trade(1)])
    assert past(tmp_path, NOW + DAY).newest == {}
