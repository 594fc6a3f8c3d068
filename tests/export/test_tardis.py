"""The Tardis datasets: read as their documentation says, they are the books and trades of the replay."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from orderbook_ext import BookUpdate, UpdateKind
from server.export.export_market import ExportMarket
from server.export.level_book import LevelBook
from server.export.tardis import INCREMENTAL, TICKER, TRADES, TardisSink, snapshot_header
from server.history.folder import DAY
from server.model import Pair, Side, Trade
from server.protocol.candle_source import OpenInterest
from tests.export.captured import LONGEST, PLAYED, Collected, Numbers, of, play, records_of

MARKET = ExportMarket("some_venue", Pair("BTC", "USDT"), "btc/usdt", Decimal("0.1"), Decimal(1))
NOON = 20_000 * DAY + DAY // 2
FRAME, SHOWN, REPLACED, HIDDEN = UpdateKind


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def header(path: Path) -> str:
    with gzip.open(path, "rt") as file:
        return file.readline().strip()


def books(path: Path) -> Iterator[tuple[int, Numbers, Numbers]]:
    """The book after each local_timestamp, as a reader of incremental_book_L2 makes it."""
    sides: dict[str, Numbers] = {"bid": {}, "ask": {}}
    before, last = False, 0
    for row in rows(path):
        local, snapshot = int(row["local_timestamp"]), row["is_snapshot"] == "true"
        if local != last and last:
            yield last, dict(sides["bid"]), dict(sides["ask"])
        if snapshot and not before:
            sides = {"bid": {}, "ask": {}}
        before, last = snapshot, local
        price, amount = Decimal(row["price"]), Decimal(row["amount"])
        if amount:
            sides[row["side"]][price] = amount
        else:
            del sides[row["side"]][price]
    yield last, sides["bid"], sides["ask"]


def by_microsecond(expected: dict[int, tuple[Numbers, Numbers]]) -> dict[int, tuple[Numbers, Numbers]]:
    return {at // 1000: book for at, book in expected.items()}


@pytest.mark.slow
@pytest.mark.parametrize("capture", PLAYED)
def test_the_rows_make_the_books_of_the_replay(capture: str, tmp_path: Path) -> None:
    records = records_of(capture, 700)
    expected = Collected(keeps_books=True)
    play(expected, records)
    sink = TardisSink(tmp_path)
    play(sink, records)
    compared = 0
    for symbol, by_time in expected.books.items():
        wanted = by_microsecond(by_time)
        for path in sorted(tmp_path.glob(f"*_incremental_book_L2_*_{symbol.upper().replace('/', '-')}.csv.gz")):
            for at, bids, asks in books(path):
                assert wanted[at] == (bids, asks)
                compared += 1
    assert compared > 0
    assert sum(sink.rows.values()) == sum(len(rows(path)) for path in tmp_path.iterdir())
    assert sink.files == len(list(tmp_path.iterdir()))


def test_snapshots_are_the_best_levels_each_time_that_they_change(tmp_path: Path) -> None:
    records = of(LONGEST, 1200)
    expected = Collected(keeps_books=True)
    play(expected, records)
    play(TardisSink(tmp_path, levels=5), records)
    (path,) = tmp_path.glob("*_book_snapshot_5_*")
    assert header(path) == snapshot_header(5)
    (by_time,) = expected.books.values()
    wanted, before = by_microsecond(by_time), None
    for row in rows(path):
        bids, asks = wanted[int(row["local_timestamp"])]
        best = [*sorted(bids, reverse=True)[:5], *sorted(asks)[:5]]
        columns = [row[f"{side}[{place}].price"] for side in ("bids", "asks") for place in range(5)]
        assert [Decimal(each) for each in columns if each] == best
        assert Decimal(row["bids[0].amount"] or 0) == bids.get(best[0] if bids else Decimal(0), 0)
        assert row != before
        before = row


def test_trades_are_those_of_the_replay(tmp_path: Path) -> None:
    records = of(LONGEST, 1200)
    expected = Collected()
    play(expected, records)
    play(TardisSink(tmp_path), records)
    (path,) = tmp_path.glob("binance_trades_*_BTCUSDT.csv.gz")
    assert header(path) == TRADES
    assert [
        (row["id"], row["side"], Decimal(row["price"]), Decimal(row["amount"]), int(row["timestamp"]))
        for row in rows(path)
    ] == [
        (trade.trade_id, trade.side.name.lower(), trade.price, trade.size, trade.exchange_time // 1000)
        for _, trade, _ in expected.trades
    ]


Levels = Iterable[tuple[int, int]]


def update(kind: int, bids: Levels = (), asks: Levels = (), time: int = NOON, decimals: int = 1) -> BookUpdate:
    return BookUpdate(kind, time, time, 1, decimals, 0, tuple(bids), tuple(asks))


def played(folder: Path, *updates: tuple[int, BookUpdate]) -> list[list[str]]:
    """The rows of the first day: is_snapshot, side, price, amount."""
    sink, book = TardisSink(folder), LevelBook()
    for at, each in updates:
        sink.book(MARKET, book, each, at)
    sink.finish()
    path = min(folder.glob("*incremental*"))
    assert header(path) == INCREMENTAL
    return [list(row.values())[4:] for row in rows(path)]


def test_a_withdrawn_book_is_emptied_and_comes_again_as_a_snapshot(tmp_path: Path) -> None:
    found = played(
        tmp_path, (NOON, update(SHOWN, [(10, 1)], [(20, 2)])), (NOON + 1000, update(HIDDEN)),
        (NOON + 2000, update(SHOWN, [(11, 1)], [])), (NOON + 3000, update(FRAME, [(11, 0)], [(12, 7)])),
    )  # fmt: skip
    assert found == [
        ["true", "bid", "1", "1"], ["true", "ask", "2", "2"], ["false", "bid", "1", "0"], ["false", "ask", "2", "0"],
        ["true", "bid", "1.1", "1"], ["false", "bid", "1.1", "0"], ["false", "ask", "1.2", "7"],
    ]  # fmt: skip


def test_of_two_books_in_a_row_the_second_is_what_differs_because_readers_would_add_it_to_the_first(
    tmp_path: Path,
) -> None:
    found = played(
        tmp_path, (NOON, update(SHOWN, [(10, 1), (9, 1)])), (NOON, update(REPLACED, [(900, 3)], decimals=3))
    )  # fmt: skip
    assert found == [
        ["true", "bid", "1", "1"], ["true", "bid", "0.9", "1"], ["false", "bid", "1", "0"], ["false", "bid", "0.9", "3"]
    ]  # fmt: skip


def test_each_day_begins_with_the_whole_book(tmp_path: Path) -> None:
    tomorrow = NOON + DAY
    played(tmp_path, (NOON, update(SHOWN, [(10, 1)])), (tomorrow, update(FRAME, [], [(12, 1)], time=tomorrow)))
    first, second = sorted(tmp_path.glob("*incremental*"))
    assert (first.name, second.name) == (
        "some-venue_incremental_book_L2_2024-10-04_BTC-USDT.csv.gz",
        "some-venue_incremental_book_L2_2024-10-05_BTC-USDT.csv.gz",
    )
    assert [(row["is_snapshot"], row["side"]) for row in rows(second)] == [("true", "bid"), ("false", "ask")]


def test_open_interest_is_a_derivative_ticker(tmp_path: Path) -> None:
    sink = TardisSink(tmp_path)
    sink.open_interest(MARKET, OpenInterest(Decimal("12.50"), 0), NOON)
    sink.finish()
    (path,) = tmp_path.iterdir()
    assert header(path) == TICKER
    (row,) = rows(path)
    assert {name: text for name, text in row.items() if text} == {
        "exchange": "some-venue", "symbol": "BTC/USDT", "timestamp": str(NOON // 1000),
        "local_timestamp": str(NOON // 1000), "open_interest": "12.50",
    }  # fmt: skip


def test_ids_with_commas_are_quoted(tmp_path: Path) -> None:
    sink = TardisSink(tmp_path)
    sink.trade(MARKET, Trade("btc", 'a,"b', Decimal("1.5"), Decimal(2), Side.UNKNOWN, 0), NOON)
    sink.finish()
    (path,) = tmp_path.iterdir()
    assert [(row["id"], row["side"]) for row in rows(path)] == [('a,"b', "unknown")]


def test_nothing_is_left_of_an_export_that_failed(tmp_path: Path) -> None:
    sink = TardisSink(tmp_path)
    sink.book(MARKET, LevelBook(), update(SHOWN, [(10, 1)]), NOON)
    sink.discard()
    assert list(tmp_path.iterdir()) == []
