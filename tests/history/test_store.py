"""What was written is read: pages of any size, put together, are the rows of a plain dict."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.history.candle_row import CandleRow
from server.history.errors import PageError
from server.history.folder import DAY
from server.history.intake import Row
from server.history.rows import trade_key
from server.history.store import HistoryStore
from tests.volume import examples

from . import samples
from .samples import BTC, NOON, PEPE, book, candle, metric, pages, source, trade, write, writer

LIMITS = st.integers(1, 7)
BOUNDS = st.tuples(samples.TIMES, samples.TIMES)


def model(rows: list[Any], key: Callable[[Any], tuple[Hashable, ...]], better: Callable[[Any, Any], bool]) -> Any:
    """The rows that are kept, by market and key. Rows of one pair and key at two scales count once: these tests draw
    rows of one scale per pair."""
    kept: dict[tuple[Hashable, ...], Any] = {}
    for row in rows:
        place = (row.market, *key(row))
        if place not in kept or better(row, kept[place]):
            kept[place] = row
    return kept


def written(rows: Sequence[Row], sizes: int) -> tuple[tempfile.TemporaryDirectory[str], HistoryStore]:
    """A history of these rows, written in batches of this size."""
    folder = tempfile.TemporaryDirectory(prefix="onebook-test-")
    made = writer(Path(folder.name))
    for at in range(0, len(rows), sizes):
        made.add(rows[at : at + sizes])
        made.flush()
    made.close()
    assert not made.refused
    return folder, HistoryStore(Path(folder.name))


def one_scale(rows: list[Any]) -> list[Any]:
    return [row._replace(market=BTC) if row.market != PEPE else row for row in rows]


KINDS: dict[str, tuple[Any, Callable[[Any], tuple[Any, ...]], Callable[[Any, Any], bool]]] = {
    "trades": (samples.trades, lambda row: (row.time, trade_key(row.trade_id)), lambda _new, _old: False),
    "metrics": (samples.metrics, lambda row: (row.time,), lambda _new, _old: True),
    "open_interest": (samples.interests, lambda row: (row.time,), lambda new, old: new.received >= old.received),
    "status": (samples.statuses, lambda row: (row.time, int(row.state), row.detail), lambda _new, _old: False),
}


@pytest.mark.parametrize("call", KINDS)
@settings(max_examples=examples(12), deadline=None)
@given(data=st.data(), limit=LIMITS, sizes=LIMITS, newest=st.booleans(), bounds=BOUNDS)
def test_pages_are_the_model(
    call: str, data: st.DataObject, limit: int, sizes: int, newest: bool, bounds: tuple[int, int]
) -> None:
    strategy, key, better = KINDS[call]
    rows = one_scale(data.draw(st.lists(strategy, max_size=25)))
    folder, store = written(rows, sizes)
    with folder:
        kept = model(rows, key, better)
        for market in (BTC, PEPE):
            mine = sorted((row for row in kept.values() if row.market == market), key=key, reverse=newest)
            reading = getattr(store, call)
            assert pages(reading, source(market), limit=limit, newest_first=newest) == mine
            within = [row for row in mine if bounds[0] <= row.time < bounds[1]]
            assert pages(reading, source(market), *bounds, limit=limit, newest_first=newest) == within


@settings(max_examples=examples(12), deadline=None)
@given(rows=st.lists(samples.candles, max_size=25), limit=LIMITS, sizes=LIMITS, newest=st.booleans())
def test_candles_keep_the_highest_rank(rows: list[CandleRow], limit: int, sizes: int, newest: bool) -> None:
    rows = one_scale(rows)
    folder, store = written(rows, sizes)
    with folder:
        kept = model(rows, lambda row: (row.interval, row.time), lambda new, old: new.rank >= old.rank)
        for interval in ("1s", "1m"):
            mine = [row for row in kept.values() if row.market == BTC and row.interval == interval]
            mine.sort(key=lambda row: row.time, reverse=newest)
            assert pages(store.candles, source(BTC), interval, limit=limit, newest_first=newest) == mine


@settings(max_examples=examples(12), deadline=None)
@given(rows=st.lists(samples.books, max_size=25), limit=LIMITS, sizes=LIMITS, newest=st.booleans())
def test_books_are_the_model(rows: list[Any], limit: int, sizes: int, newest: bool) -> None:
    # A book's time and sequence are its identity: two different books never share them.
    rows = list({(row.market, row.time, row.sequence): row for row in one_scale(rows)}.values())
    folder, store = written(rows, sizes)
    with folder:
        mine = sorted((row for row in rows if row.market == BTC), reverse=newest)
        assert pages(store.books, source(BTC), limit=limit, newest_first=newest) == mine
        for time in {row.time for row in mine}:
            last = max(row for row in mine if row.time <= time)
            assert store.book_at(source(BTC), time) == last


def test_revisions_in_any_order(tmp_path: Path) -> None:
    best = candle(3, close=7)
    write(tmp_path, [candle(2), candle(0), best, candle(3, state=4), candle(1)])
    assert HistoryStore(tmp_path).candles(source(BTC), "1m").rows == [best]


def test_scales_of_a_pair_are_read_as_one(tmp_path: Path) -> None:
    finer = BTC._replace(price_exp=-6)
    rows = [trade(number, finer if number % 3 else BTC) for number in range(20)]
    write(tmp_path, rows)
    store = HistoryStore(tmp_path)
    for limit in (1, 3, 7, 100):
        assert pages(store.trades, source(BTC), limit=limit) == rows
        assert pages(store.trades, source(BTC), limit=limit, newest_first=True) == rows[::-1]


def test_a_row_at_two_scales_is_one_row_at_the_newer_scale(tmp_path: Path) -> None:
    finer = BTC._replace(price_exp=-6)
    write(tmp_path, [trade(1), trade(2)])
    write(tmp_path, [trade(2, finer), trade(3, finer)])
    found = pages(HistoryStore(tmp_path).trades, source(BTC), limit=1)
    assert found == [trade(1), trade(2, finer), trade(3, finer)]


def test_tokens_are_stable_while_rows_are_added(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path)
    write(tmp_path, [trade(number) for number in range(0, 20, 2)])
    rising, falling = store.trades(source(BTC), limit=5), store.trades(source(BTC), limit=5, newest_first=True)
    write(tmp_path, [trade(number) for number in range(1, 30, 2)])
    page = store.trades(source(BTC), after=rising.next)
    assert [row.trade_id for row in page.rows] == [str(n) for n in range(9, 30) if n % 2 or n < 20]
    page = store.trades(source(BTC), after=falling.next, newest_first=True)
    assert [row.trade_id for row in page.rows] == [str(n) for n in range(9, -1, -1)]


def test_missing_days_and_markets_have_no_rows(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "none")
    assert store.trades(source(BTC)).rows == []
    write(tmp_path, [trade(1, time=NOON - 5 * DAY), trade(2)])
    store = HistoryStore(tmp_path)
    assert [row.trade_id for row in store.trades(source(BTC)).rows] == ["1", "2"]
    assert store.trades(source(BTC), NOON - 4 * DAY, NOON - DAY).rows == []
    assert store.trades(source(PEPE)).rows == []
    assert store.book_at(source(BTC), NOON) is None
    assert store.trades(source(BTC), 5, 5).rows == []


def test_the_book_at_a_time(tmp_path: Path) -> None:
    books = [book(number) for number in range(200)]
    write(tmp_path, books)
    store = HistoryStore(tmp_path)
    assert store.book_at(source(BTC), NOON - 1) is None
    assert store.book_at(source(BTC), books[77].time + 1) == books[77]
    assert store.book_at(source(BTC), NOON + DAY // 4) == books[-1]
    assert store.book_at(source(BTC), NOON + DAY // 4, reach=DAY // 8) is None
    assert store.books(source(BTC), books[10].time, books[150].time, limit=500).rows == books[10:150]


def test_wrong_pages_are_refused(tmp_path: Path) -> None:
    write(tmp_path, [metric(number) for number in range(3)])
    store = HistoryStore(tmp_path)
    with pytest.raises(PageError):
        store.metrics(source(BTC), limit=0)
    other = store.metrics(source(BTC), limit=1).next
    with pytest.raises(PageError):
        store.trades(source(BTC), after=other)
