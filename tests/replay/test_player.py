"""Replays of captures: the same books each time, at every speed, frame by frame those of the golden replays."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from orderbook_ext.digest import book_digest
from recording import Kind, Record, bodies, read_from
from server import clock
from server.clock import PlayedClock
from server.config import Config
from server.history.rows import BookRow, MetricRow, StatusRow, TradeRow
from server.history_source.history_listener import HistoryListener
from server.model import Instrument, Pair
from server.replay.played_run import PlayedRun
from server.replay.player import Player
from server.replay.stage import ReplayApp
from server.units import SECOND
from tests.golden.replay import UNKNOWN_STEP, Replay
from tests.golden.test_books import CAPTURES, OPTIONS, golden, listed, recorded, replay_of, venue_of
from tests.replay.recordings import STREAM_SOURCE, of_capture, write

LONGEST = "binance_spot/btcusdt_20240808-09"
ROUTED = ("binance_usdm/btcusdt_20240808", "deribit/")
"""Recorded from other streams than those that a server takes."""
REOPENED = ("bitstamp/multi10_20220104", "kraken/derived_v2_20210417", "coinbase_exchange/five_products_20210417")
PLAYED = [name for name in CAPTURES if not name.startswith(ROUTED)]
MOST = 4000
"""Records of a capture."""


def instruments(capture: str) -> dict[str, Instrument]:
    """The instruments of a capture, by pairs that are of no consequence."""
    known = listed(capture)
    found = {}
    for number, symbol in enumerate(golden(capture)):
        pair = Pair(f"S{number}", "Q")
        unknown = Instrument(pair, symbol, UNKNOWN_STEP, UNKNOWN_STEP, "TRADING", True)
        found[str(pair)] = replace(known.get(symbol, unknown), pair=pair)
    return found


def raw_records(capture: str, most: int = MOST) -> list[Any]:
    return list(islice((each for each in recorded(capture) if "bookTicker" not in each["d"][:80]), most))


def numbered(capture: str, most: int = MOST) -> list[tuple[int, Record]]:
    found = of_capture(raw_records(capture, most), venue_of(capture), instruments(capture), **OPTIONS.get(capture, {}))
    return list(found)


def of(capture: str = LONGEST, most: int = MOST) -> list[Record]:
    return [record for _, record in numbered(capture, most)]


@pytest.fixture(autouse=True)
def system_clock() -> Iterator[None]:
    yield
    clock.restore()


def everything(_app: ReplayApp, records: Sequence[Record]) -> Iterable[Record]:
    return records


def play(
    records: Sequence[Record],
    speed: float = 0.0,
    begin: int = 0,
    *,
    history: Any = None,
    follow: Callable[[ReplayApp, Sequence[Record]], Iterable[Record]] = everything,
) -> tuple[ReplayApp, Player]:
    run = PlayedRun.of(next(record.body for record in records if record.kind == Kind.RUN))
    played = PlayedClock()
    played.install()
    config = Config(pairs=tuple(map(Pair.parse, run.pairs)), venues=tuple(run.venues), port=0)
    app = ReplayApp(config, run, played, serves=False, history=history)
    player = Player(app, played, app.errands, app.check, speed)
    try:
        player.play(follow(app, records), begin, lambda: False)
    finally:
        app.stop()
    return app, player


def chains(app: ReplayApp) -> dict[tuple[str, str], tuple[int, int]]:
    return {key: chain.read() for key, chain in app.check.chains.items()}


def states(capture: str) -> dict[int, bytes]:
    """Digests of all live books of a capture at every tenth line, as another replay has them."""
    items = instruments(capture)
    pairs = {item.symbol: pair for pair, item in items.items()}
    other = replay_of(capture, list(pairs))
    found = {}
    raw = raw_records(capture)
    for line in other.run(iter(raw)):
        if line % 10 and len(raw) > 100:
            continue
        live = [symbol for symbol in pairs if other.live(symbol)]
        made = [state_of(pairs[symbol], other, symbol) for symbol in live]
        if made:
            found[line] = bodies.states(made)
    return found


def state_of(pair: str, other: Replay, symbol: str) -> bodies.BookState:
    sync = other.syncs[symbol]
    digest = book_digest(sync.book.top(10), sync.book.price_decimals, sync.book.size_decimals)
    return bodies.BookState(pair, other.venue.NAME, sync.entry.sequence, f"{digest:016x}", other.now)


@pytest.mark.parametrize("capture", PLAYED)
def test_a_replay_has_the_books_of_another_replay_at_the_same_sequence_numbers(capture: str) -> None:
    expected = states(capture)
    records: list[Record] = []
    for line, record in numbered(capture):
        records.append(record)
        if line in expected and record.kind in (Kind.RECEIVED, Kind.ANSWER):
            records.append(Record(Kind.STATE, 0, expected[line], record.time, record.monotonic))
    app, player = play(records)
    check = app.check
    assert check.different == 0, check.first
    assert check.equal > 0
    assert check.missed <= 0.1 * check.equal, (check.equal, check.missed)
    assert player.lost == []


@pytest.mark.parametrize("capture", [LONGEST, "bitstamp/multi10_20220104"])
def test_the_chain_is_the_same_at_every_speed(capture: str) -> None:
    records = of(capture, 1500)
    length = (records[-1].time - records[0].time) / 1e9
    fast, _ = play(records)
    again, _ = play(records)
    began = time.monotonic()
    paced, _ = play(records, speed=length / 1.5)
    assert time.monotonic() - began > 1.0, "it takes its time"
    assert chains(fast) == chains(again) == chains(paced)
    assert sum(frames for _, frames in chains(fast).values()) > 100


def test_what_is_before_the_beginning_is_played_at_once() -> None:
    records = of(most=1500)
    began = time.monotonic()
    late, player = play(records, speed=1.0, begin=records[-2].time)
    assert time.monotonic() - began < 20.0
    assert (player.records, player.before) == (2, len(records) - 2)
    assert sum(frames for _, frames in chains(late).values()) <= 2


def twice(records: Sequence[Record]) -> list[Record]:
    """A connection that ends, and another one on which all comes again, a minute later."""
    shift = records[-1].time - records[0].time + 60 * SECOND
    again = [
        each._replace(time=each.time + shift, monotonic=each.monotonic + shift)
        for each in records
        if each.kind not in (Kind.RUN, Kind.SOURCE)
    ]
    ended = Record(Kind.CLOSED, STREAM_SOURCE, b"gone", records[-1].time + 1, records[-1].monotonic + 1)
    return [*records, ended, *again]


def chains_from(records: Sequence[Record], begin: int) -> dict[tuple[str, str], tuple[int, int]]:
    """The chains of a replay of everything that are begun at this time."""

    def watched(app: ReplayApp, records: Sequence[Record]) -> Iterator[Record]:
        begun = False
        for record in records:
            if not begun and record.time >= begin:
                begun = True
                app.check.begin(begin)
            yield record

    app, _ = play(records, follow=watched)
    return chains(app)


@pytest.mark.parametrize("capture", [LONGEST, *REOPENED])
def test_from_a_time_on_the_chain_is_that_of_a_replay_of_everything(capture: str, tmp_path: Path) -> None:
    records = twice(of(capture, 1500))
    folder = write(tmp_path / "recording", records)
    second = next(place for place, each in enumerate(records) if place > 10 and each.kind == Kind.OPENED)
    for part in (0.3, 0.75, 0.95):
        begin = records[int(len(records) * part)].time
        late = list(read_from(folder, begin))
        if part > 0.5:
            assert not [each for each in late if each.kind == Kind.RECEIVED and each.time < records[second].time]
        app, player = play(late, begin=begin)
        assert chains(app) == chains_from(records, begin)
        assert player.records == sum(each.time >= begin for each in records)
        if part == 0.75:
            assert sum(frames for _, frames in chains(app).values()) > 10


class Kept:
    """A history that is only heard."""

    store = None

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.listener = HistoryListener(self.rows.extend)

    def turn(self) -> None: ...

    def stop(self) -> None: ...

    def of(self, kind: type) -> list[Any]:
        return [row for row in self.rows if isinstance(row, kind)]


def test_nothing_before_the_beginning_is_heard() -> None:
    records = of(most=1500)
    begin = records[len(records) // 2].time
    late, whole = Kept(), Kept()
    play(records, begin=begin, history=late)
    play(records, history=whole)
    for kind in (BookRow, MetricRow, StatusRow):
        assert min(row.time for row in late.of(kind)) >= begin
    assert late.of(TradeRow) == [row for row in whole.of(TradeRow) if row.received >= begin]
    assert 0 < len(late.of(TradeRow)) < len(whole.of(TradeRow))
    assert {row.market.venue for row in late.of(BookRow)} == {"", "binance"}


def test_a_beginning_behind_the_end_has_the_last_books() -> None:
    records = of(most=1500)
    app, player = play(records, begin=records[-1].time + 1)
    assert (player.records, player.before) == (0, len(records))
    (market,) = app.markets.values()
    whole, _ = play(records)
    (other,) = whole.markets.values()
    assert market.entries["binance"].sequence == other.entries["binance"].sequence > 0


def test_who_waits_is_ready_with_the_books_of_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    records = of(most=300)
    begin = records[150].time
    calls: list[str] = []
    really = Player._play_heard  # noqa: SLF001 - the order of the steps is what counts

    def heard(self: Player, *arguments: Any) -> None:
        calls.append(f"played {self.before}")
        really(self, *arguments)

    monkeypatch.setattr(Player, "_play_heard", heard)
    run = PlayedRun.of(records[0].body)
    played = PlayedClock()
    played.install()
    app = ReplayApp(Config(pairs=(Pair("S0", "Q"),), venues=("binance",), port=0), run, played, serves=False)
    player = Player(app, played, app.errands, app.check)
    player.play(records, begin, lambda: False, lambda: calls.append(f"ready {clock.time_ns() - begin}"))
    app.stop()
    assert calls == ["ready 0", "played 150"]


def test_a_lost_frame_shows_where_it_is_lost() -> None:
    records = of(most=3000)
    frames = [n for n, record in enumerate(records) if record.kind == Kind.RECEIVED and b"depthUpdate" in record.body]
    cut = frames[len(frames) // 2]
    whole, _ = play(records)
    broken, _ = play([record for n, record in enumerate(records) if n != cut])
    assert chains(whole) != chains(broken)
    ((value, count),) = chains(broken).values()
    assert (value, count) != next(iter(chains(whole).values()))


def test_records_that_cannot_be_read_are_gaps_and_nothing_else() -> None:
    records = of(most=800)
    rng = random.Random(5)
    spoiled = list(records)
    bad = [b"", b"null", b"{", b"[1]", b'{"source":"x"}', b'{"source":2,"venue":"binance"}', b"\xff\xfe"]
    for kind in (Kind.SOURCE, Kind.ANSWER, Kind.FAILED, Kind.STATE, Kind.LOST, Kind.COMMAND, Kind.END):
        for body in bad:
            at = rng.randrange(len(records) // 2, len(records))
            spoiled.insert(at + 1, Record(kind, 1, body, records[at].time, records[at].monotonic))
    spoiled.append(Record(99, 7, b"of a later version", records[-1].time, records[-1].monotonic))
    app, player = play(spoiled)
    assert chains(app) == chains(play(records)[0])
    assert len(player.lost) >= 10


def test_a_loss_in_the_recording_is_told() -> None:
    records = of(most=300)
    last = records[-1]
    lost = Record(Kind.LOST, 0, bodies.lost(12, 3456, last.time), last.time, last.monotonic)
    _, player = play([*records, lost])
    assert player.lost == ["12 messages were not recorded"]


def test_a_stop_ends_it_between_two_records() -> None:
    records = of(most=300)
    run = PlayedRun.of(records[0].body)
    played = PlayedClock()
    played.install()
    app = ReplayApp(Config(pairs=(Pair("S0", "Q"),), venues=tuple(run.venues)), run, played, serves=False)
    player = Player(app, played, app.errands, app.check)
    player.play(records, 0, lambda: player.records >= 20)
    app.stop()
    assert player.records == 20


def test_a_second_run_goes_on_where_the_first_ended() -> None:
    first = of(most=700)
    later = [each._replace(time=each.time + 10**12, monotonic=each.monotonic % 10**9) for each in first]
    app, _ = play([*first, *later])
    ((_, frames),) = chains(app).values()
    ((_, once),) = chains(play(first)[0]).values()
    assert frames == 2 * once
