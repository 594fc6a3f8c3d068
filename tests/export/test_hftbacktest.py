"""Events of hftbacktest: both clocks in order, and the book of the replay; the tool itself reads the same."""

from __future__ import annotations

import json
import os
import subprocess
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from orderbook_ext import BookUpdate, UpdateKind
from server.export.export_market import ExportMarket
from server.export.hftbacktest import (
    BUY,
    CLEAR,
    DEPTH,
    EVENT,
    EXCHANGE,
    LOCAL,
    SELL,
    SNAPSHOT,
    TRADE,
    HftBacktestSink,
    ordered,
)  # fmt: skip
from server.export.level_book import LevelBook
from server.export.tardis import TardisSink
from server.history.folder import DAY
from server.model import Pair, Side, Trade
from tests.export.captured import LONGEST, PLAYED, Collected, of, play, records_of

numpy: Any = pytest.importorskip("numpy", reason="numpy is not installed")
TOOL = os.environ.get("ONEBOOK_HFTBACKTEST_PYTHON", "")
"""A Python with hftbacktest: python -m venv V && V/bin/pip install hftbacktest."""
with_tool = pytest.mark.skipif(not TOOL, reason="ONEBOOK_HFTBACKTEST_PYTHON names no Python that has hftbacktest")
MARKET = ExportMarket("some_venue", Pair("BTC", "USDT"), "BTC/USDT", Decimal("0.1"), Decimal(1))
NOON = 20_000 * DAY + DAY // 2
FRAME, SHOWN, REPLACED, HIDDEN = UpdateKind
Sides = tuple[dict[float, float], dict[float, float]]


def events(folder: Path) -> Any:
    return numpy.concatenate([numpy.load(path)["data"] for path in sorted(folder.glob("*.npz"))])


def applied(event: Any, sides: Sides) -> None:
    """What a book does with an event."""
    kind, side = int(event["ev"]) & 0xFF, 0 if int(event["ev"]) & BUY else 1
    price, quantity = float(event["px"]), float(event["qty"])
    levels = sides[side]
    if kind == CLEAR:
        for each in [each for each in levels if (each >= price if side == 0 else each <= price)]:
            del levels[each]
    elif kind in (DEPTH, SNAPSHOT):
        levels[price] = quantity
        if not quantity:
            del levels[price]


def books(found: Any, clock: str, flag: int) -> dict[int, Sides]:
    """The book after the last event of each time of one of the two clocks."""
    sides: Sides = ({}, {})
    made = {}
    changes = found[(found["ev"] & flag > 0) & (found["ev"] & 0xFF != TRADE)]
    for at, events_of_time in groupby(changes, key=lambda event: int(event[clock])):
        for event in events_of_time:
            applied(event, sides)
        made[at] = dict(sides[0]), dict(sides[1])
    return made


@pytest.mark.slow
@pytest.mark.parametrize("capture", PLAYED)
def test_the_events_make_the_books_of_the_replay_on_both_sides(capture: str, tmp_path: Path) -> None:
    records = records_of(capture, 300)
    expected = Collected(keeps_books=True)
    play(expected, records)
    play(HftBacktestSink(tmp_path), records)
    for symbol, by_time in expected.books.items():
        found = numpy.load(next(tmp_path.glob(f"*_{symbol.replace('/', '-').replace(':', '-')}_*.npz")))["data"]
        assert found.dtype == numpy.dtype(EVENT, align=True)
        for clock, flag in (("exch_ts", EXCHANGE), ("local_ts", LOCAL)):
            assert (numpy.diff(found[clock][(found["ev"] & flag) > 0]) >= 0).all()
        assert (found["local_ts"] >= found["exch_ts"]).all()
        made = books(found, "local_ts", LOCAL)
        offset = min(made) - min(at for at, sides in by_time.items() if sides[0] or sides[1])
        state: Sides = ({}, {})
        for at, sides in by_time.items():
            state = made.get(at + offset, state)
            assert state == tuple(map(floats, sides))
        assert state == list(books(found, "exch_ts", EXCHANGE).values())[-1]


def floats(side: dict[Decimal, Decimal]) -> dict[float, float]:
    return {float(price): float(size) for price, size in side.items()}


def played(folder: Path, *steps: tuple[int, BookUpdate | Trade]) -> list[tuple[int, int, int, float, float]]:
    sink, book = HftBacktestSink(folder), LevelBook()
    for at, each in steps:
        if isinstance(each, Trade):
            sink.trade(MARKET, each, at)
        else:
            sink.book(MARKET, book, each, at)
    sink.finish()
    return [tuple(event.item()[:5]) for event in events(folder)]


def update(kind: int, time: int, bids: Any = (), asks: Any = ()) -> BookUpdate:
    return BookUpdate(kind, time, time, 1, 1, 0, tuple(bids), tuple(asks))


def trade(time: int, side: Side = Side.BUY) -> Trade:
    return Trade("BTC/USDT", "1", Decimal("1.5"), Decimal(3), side, time)


BOTH = EXCHANGE | LOCAL


def test_snapshots_changes_trades_and_clears(tmp_path: Path) -> None:
    found = played(
        tmp_path, (NOON + 5, update(SHOWN, NOON, [(10, 1), (9, 2)], [(11, 1)])),
        (NOON + 6, update(FRAME, NOON + 1, [(10, 0)], [(12, 4)])), (NOON + 7, trade(NOON + 2)),
        (NOON + 7, trade(NOON + 2, Side.UNKNOWN)), (NOON + 8, update(HIDDEN, NOON + 1)),
        (NOON + 9, update(SHOWN, NOON + 8, [(8, 1)])),
    )  # fmt: skip
    assert found == [
        (SNAPSHOT | BUY | BOTH, NOON, NOON + 5, 1.0, 1.0), (SNAPSHOT | BUY | BOTH, NOON, NOON + 5, 0.9, 2.0),
        (SNAPSHOT | SELL | BOTH, NOON, NOON + 5, 1.1, 1.0), (DEPTH | BUY | BOTH, NOON + 1, NOON + 6, 1.0, 0.0),
        (DEPTH | SELL | BOTH, NOON + 1, NOON + 6, 1.2, 4.0), (CLEAR | BUY | EXCHANGE, NOON + 1, NOON + 8, 0.9, 0.0),
        (CLEAR | SELL | EXCHANGE, NOON + 1, NOON + 8, 1.2, 0.0), (TRADE | BUY | BOTH, NOON + 2, NOON + 7, 1.5, 3.0),
        (TRADE | BOTH, NOON + 2, NOON + 7, 1.5, 3.0), (CLEAR | BUY | LOCAL, NOON + 1, NOON + 8, 0.9, 0.0),
        (CLEAR | SELL | LOCAL, NOON + 1, NOON + 8, 1.2, 0.0), (SNAPSHOT | BUY | BOTH, NOON + 8, NOON + 9, 0.8, 1.0),
    ]  # fmt: skip


def test_the_book_of_the_exchange_never_goes_back(tmp_path: Path) -> None:
    found = played(
        tmp_path, (NOON + 5, update(SHOWN, 0, [(10, 1)])), (NOON + 6, update(FRAME, NOON + 1, [(10, 2)])),
    )  # fmt: skip
    assert [(event[1], event[2]) for event in found] == [(NOON + 5, NOON + 5), (NOON + 5, NOON + 6)]


def test_where_the_clock_of_the_exchange_is_ahead_receipts_are_moved_by_one_offset(tmp_path: Path) -> None:
    found = played(tmp_path, (NOON, trade(NOON + 100)), (NOON + 50, trade(NOON + 120)), (NOON + DAY, trade(NOON + DAY)))
    assert [event[2] for event in found] == [NOON + 100, NOON + 150, NOON + DAY + 100]


def test_each_day_begins_with_the_whole_book(tmp_path: Path) -> None:
    played(tmp_path, (NOON, update(SHOWN, NOON, [(10, 1)])), (NOON + DAY, update(FRAME, NOON + DAY, [], [(11, 1)])))
    first, second = sorted(tmp_path.glob("*.npz"))
    assert first.name == "some_venue_BTC-USDT_2024-10-04.npz"
    kinds = [int(kind) for kind in numpy.load(second)["data"]["ev"]]
    assert kinds == [SNAPSHOT | BUY | BOTH, DEPTH | SELL | BOTH]


def test_events_in_any_order_of_the_exchange_are_in_the_order_of_both_clocks() -> None:
    random = numpy.random.default_rng(1)
    for _ in range(50):
        made = numpy.zeros(30, numpy.dtype(EVENT, align=True))
        made["local_ts"] = numpy.arange(30)
        made["exch_ts"] = random.integers(0, 20, 30)
        made["px"] = numpy.arange(30)
        found = ordered(made.copy())
        for clock, flag in (("exch_ts", EXCHANGE), ("local_ts", LOCAL)):
            part = found[(found["ev"] & flag) > 0]
            assert (numpy.diff(part[clock]) >= 0).all()
            assert sorted(part["px"]) == list(range(30))
            ties = part[numpy.argsort(part[clock], kind="stable")]
            assert (ties["px"] == part["px"]).all()


@with_tool
def test_hftbacktest_has_the_same_best_levels(tmp_path: Path) -> None:
    play(HftBacktestSink(tmp_path), of(LONGEST, 8000))
    files = [str(path) for path in sorted(tmp_path.glob("*.npz"))]
    reader = Path(__file__).with_name("hftbacktest_reader.py")
    done = subprocess.run([TOOL, reader, "0.01", "0.00001", *files], capture_output=True, text=True, check=True)
    made = books(events(tmp_path), "local_ts", LOCAL)
    times, place, compared = sorted(made), 0, 0
    for line in done.stdout.splitlines():
        now, *best = json.loads(line)
        while place + 1 < len(times) and times[place + 1] <= now:
            place += 1
        bids, asks = made[times[place]]
        if bids and asks and times[place] <= now:
            expected = [max(bids), bids[max(bids)], min(asks), asks[min(asks)]]
            assert best == pytest.approx(expected, rel=1e-12)
            compared += 1
    assert compared > 50


@with_tool
def test_the_converter_of_hftbacktest_reads_the_tardis_files(tmp_path: Path) -> None:
    sink = TardisSink(tmp_path)
    play(sink, of(LONGEST, 1500))
    files = [str(next(tmp_path.glob(f"*_{kind}_*"))) for kind in ("trades", "incremental_book_L2")]
    words = (
        "import sys\nfrom hftbacktest.data.utils import tardis\n"
        "found = tardis.convert(sys.argv[1:], buffer_size=1_000_000, ss_buffer_size=100_000)\n"
        "print('events', (found['ev'] >> 30 & 1).sum())"
    )
    done = subprocess.run([TOOL, "-c", words, *files], capture_output=True, text=True, check=True)
    clears = 2
    expected = sink.rows["trades"] + sink.rows["incremental_book_L2"] + clears
    assert done.stdout.splitlines()[-1] == f"events {expected}"
