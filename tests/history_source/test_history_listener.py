"""HistoryListener: a replay of a recording gives the golden trades and candles, and the same history each time."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recording import Kind, Record
from server import clock
from server.clock import PlayedClock
from server.config import Config
from server.history.candle_row import CandleRow
from server.history.intake import Row
from server.history.rows import BookRow, MetricRow, StatusRow, TradeRow
from server.history_source.history_listener import HistoryListener
from server.model import Pair, VenueState
from server.replay.played_history import PlayedHistory
from server.replay.played_run import PlayedRun
from server.replay.player import Player
from server.replay.row_writers import RowWriters
from server.replay.stage import ReplayApp
from server.units import SECOND
from tests.captures import capture_path
from tests.replay.test_player import LONGEST, of

SYMBOL = "BTCUSDT"
COMPLETE = 2


@pytest.fixture(autouse=True)
def system_clock() -> Iterator[None]:
    yield
    clock.restore()


class Heard:
    """A history that is only heard."""

    store = None
    """Nothing is read of it."""

    def __init__(self, listener: HistoryListener) -> None:
        self.listener = listener
        self.store = None

    def start(self) -> None: ...

    def turn(self) -> None: ...

    def stop(self) -> None: ...


def play(records: list[Record], history: Any) -> None:
    run = PlayedRun.of(next(record.body for record in records if record.kind == Kind.RUN))
    played = PlayedClock()
    played.install()
    config = Config(pairs=tuple(map(Pair.parse, run.pairs)), venues=tuple(run.venues), port=0)
    app = ReplayApp(config, run, played, serves=False, history=history)
    Player(app, played, app.errands, app.check).play(records, 0, lambda: False)
    app.stop()


def golden() -> dict[str, Any]:
    packed = capture_path(f"golden/trades/{LONGEST.replace('/', '__')}.json.gz").read_bytes()
    found: dict[str, Any] = json.loads(gzip.decompress(packed))[SYMBOL]
    return found


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    found: list[Row] = []

    def put(some: Iterable[Row]) -> None:
        found.extend(some)

    play(of(LONGEST, 10**9), Heard(HistoryListener(put)))
    clock.restore()
    return found


def test_all_trades_of_the_golden_result_are_there_once(rows: list[Row]) -> None:
    trades = [row for row in rows if isinstance(row, TradeRow)]
    assert len(trades) == golden()["trades"]
    assert len({row.trade_id for row in trades}) == len(trades)
    assert {row.market.venue for row in trades} == {"binance"}


def test_candles_of_a_minute_are_the_golden_ones(rows: list[Row]) -> None:
    newest = {
        row.open_time: row
        for row in rows
        if isinstance(row, CandleRow) and row.interval == "1m" and row.market.venue == "binance"
    }
    compared = 0
    for expected in golden()["candles"]["60"]:
        row = newest.get(expected["start"] * 10**9)
        if row is None or row.state != COMPLETE:
            continue
        prices = [row.market.price_of(each or 0) for each in (row.open, row.high, row.low, row.close)]
        assert prices == [Decimal(expected[name]) for name in ("open", "high", "low", "close")]
        assert row.volume == Decimal(expected["volume"])
        assert row.trades == expected["trades"]
        compared += 1
    assert compared >= 5


def test_books_prices_and_states_are_sampled(rows: list[Row]) -> None:
    kinds = Counter(type(row) for row in rows)
    assert kinds[BookRow] > 500
    assert kinds[MetricRow] > 500
    states = [row.state for row in rows if isinstance(row, StatusRow)]
    assert VenueState.LIVE in states
    assert all(row.bids[0][0] < row.asks[0][0] for row in rows if isinstance(row, BookRow) and row.bids and row.asks)


def contents(folder: Path) -> dict[str, list[Any]]:
    """All rows of all files, without the numbers that a file gives its markets."""
    found: dict[str, list[Any]] = {}
    for path in sorted(folder.glob("*.db")):
        with sqlite3.connect(path) as database:
            for view in ("v_trade", "v_ohlc", "v_metric", "v_venue_status"):
                columns = [row[1] for row in database.execute(f"pragma table_info({view})")]
                kept = ", ".join(f'"{name}"' for name in columns if name != "market_id")
                found.setdefault(view, []).extend(database.execute(f"select {kept} from {view} order by {kept}"))
        database.close()
    return found


def test_a_history_is_built_the_same_each_time_and_over_itself(tmp_path: Path) -> None:
    records = of(LONGEST, 3000)
    made = []
    for name in ("one", "two", "two"):
        history = PlayedHistory(RowWriters(tmp_path / name, None))
        play(records, history)
        made.append(contents(tmp_path / name))
        assert history.writers.history is not None
        assert not history.writers.history.refused
        assert not history.writers.history.dropped
    assert made[0] == made[1] == made[2]
    assert len(made[0]["v_trade"]) > 1000


class Sampled:
    """Stands for the sampler of a market."""

    def __init__(self, name: str, found: list[tuple[int, str]]) -> None:
        self.name, self.found = name, found

    def rows(self, now: int) -> list[Row]:
        self.found.append((now, self.name))
        return []


def test_markets_are_sampled_one_after_the_other_over_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now, found = [100 * SECOND], list[tuple[int, str]]()
    monkeypatch.setattr(clock, "time_ns", lambda: now[0])
    listener = HistoryListener(lambda _rows: None)
    samplers: Any = {number: Sampled(str(number), found) for number in range(100)}
    listener._samplers = samplers  # noqa: SLF001 - a hundred markets
    for _ in range(1000):
        before = len(found)
        listener.tick()
        assert len(found) - before <= 2, "a few per call"
        now[0] += SECOND // 100
    by_second: dict[int, list[str]] = {}
    for at, name in found:
        by_second.setdefault(at // SECOND, []).append(name)
    assert len(by_second) == 10
    assert all(sorted(names) == sorted(map(str, range(100))) for names in by_second.values())


def test_a_second_that_nobody_called_for_is_made_up_and_removed_markets_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, found = [100 * SECOND], list[tuple[int, str]]()
    monkeypatch.setattr(clock, "time_ns", lambda: now[0])
    listener = HistoryListener(lambda _rows: None)
    samplers: Any = {number: Sampled(str(number), found) for number in range(5)}
    listener._samplers = samplers  # noqa: SLF001
    for _ in range(3):
        listener.tick()
        now[0] += SECOND
    assert len(found) == 2 * 5 + 1, "one call per second"
    listener.market_removed(4)  # type: ignore[arg-type]
    found.clear()
    listener.tick()
    assert {name for _, name in found} == {"0", "1", "2", "3"}
