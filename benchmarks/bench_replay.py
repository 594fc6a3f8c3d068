"""Replay: a recording from disk through the whole server, as fast as possible, against a peer's handler in memory.

    python -m benchmarks.bench_replay [--quick] [--rounds N]

The recording is made of a captured session of one pair (a generated one without captures), at its own pace, with the
ticks of its connection, and with an answer by REST wherever the live server would have asked for a snapshot: it asks
when the price has moved so far that few levels are known. "whole server" reads, decompresses and decodes it, keeps the
book and its chain of digests, and runs the analytics once per second of the recording; "as if watched" runs all of them
as often as the live server would.
Peer (pip install cryptofeed): its own handler of the same frames, read by nobody.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from benchmarks import harness
from benchmarks.bench_frames import PEER, peer
from benchmarks.recording import Recording
from benchmarks.recording import recording as source_of
from recording import Kind, Record, RecordingWriter, bodies, read, read_tables
from server import clock
from server.clock import PlayedClock
from server.config import Config
from server.connection.connection_thread import TICK
from server.model import Instrument, Pair
from server.recording.descriptions import instrument_fields
from server.replay.played_run import PlayedRun
from server.replay.player import Player
from server.replay.stage import WATCHED_STEP, ReplayApp
from server.units import SECOND
from server.venues import VENUES

PAIR = "BTC/USDT"
UNDER_WAY = SECOND // 500
"""Nanoseconds from the time that a message names until it is received."""
EVENT_TIME = re.compile(rb'"E":(\d+)')
QUICK = 400
LEVELS = 100
"""Levels per side that are wanted."""
DEEP = 1000
"""Levels per side of an answer."""
Body = Callable[[], None]


def records(source: Recording, asked: Callable[[str], bool] = lambda _path: False) -> Iterator[Record]:
    """The recording that a server would have made of this session. `asked` says, when the next record is wanted,
    whether the server waits for an answer to this path."""
    venue = VENUES["binance"]()
    item = Instrument(Pair.parse(PAIR), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", trading=True)
    plan = venue.book_plan(item, "diff", LEVELS)
    assert plan.rest_snapshot is not None
    path = plan.rest_snapshot.path
    now = received(source.frames[0], 0) - SECOND
    how = {"binance": {"book": "diff", "levels": LEVELS, "checks": False, "audit": 0.0}}
    yield Record(Kind.RUN, 0, bodies.packed({"onebook": "", "epoch": now, "pairs": [PAIR], "venues": how}), now, now)
    yield Record(Kind.SOURCE, 1, bodies.source(1, "binance", bodies.REST), now, now)
    member = bodies.member(PAIR, instrument_fields(item), plan.stream, venue.trade_stream(item), ())
    yield Record(Kind.SOURCE, 2, bodies.source(2, "binance", 1, [member]), now, now)
    yield Record(Kind.OPENED, 2, b"/", now, now)
    tick, known = now, FollowedBook(source.snapshot)
    for frame in source.frames:
        now = received(frame, now)
        yield Record(Kind.RECEIVED, 2, frame, now, now)
        known.follow(frame)
        if asked(path):
            yield Record(Kind.ANSWER, 1, bodies.answer("GET", path, 200, {}, known.snapshot()), now, now)
        if now >= tick:
            tick = now + int(TICK * SECOND)
            yield Record(Kind.TICK, 2, b"", now, now)


def received(frame: bytes, before: int) -> int:
    """When a message came, behind the one before (nanoseconds UTC)."""
    found = EVENT_TIME.search(frame)
    assert found is not None
    return max(before + 1000, int(found[1]) * 1_000_000 + UNDER_WAY)


class FollowedBook:
    """The venue's own book, as far as the session shows it: what a request for a snapshot would be answered with."""

    def __init__(self, snapshot: bytes) -> None:
        read = json.loads(snapshot)
        self._update: int = read["lastUpdateId"]
        self._sides: list[dict[str, str]] = [dict(map(tuple, read[name])) for name in ("bids", "asks")]

    def follow(self, frame: bytes) -> None:
        if b"depthUpdate" not in frame:
            return
        read = json.loads(frame)["data"]
        if read["u"] <= self._update:
            return
        self._update = read["u"]
        for side, name in zip(self._sides, ("b", "a"), strict=True):
            for price, size in read[name]:
                if Decimal(size):
                    side[price] = size
                else:
                    side.pop(price, None)

    def snapshot(self) -> bytes:
        bids, asks = (sorted(side.items(), key=lambda row: Decimal(row[0])) for side in self._sides)
        return json.dumps({"lastUpdateId": self._update, "bids": bids[::-1][:DEEP], "asks": asks[:DEEP]}).encode()


def made(source: Recording, folder: Path) -> Path:
    """Records the session while it is played, so that every question has its answer."""
    writer = RecordingWriter(folder)
    app, player = stage(next(records(source)).body)

    def recorded() -> Iterator[Record]:
        for record in records(source, lambda path: app.errands.asks(("binance", "GET", path))):
            if writer.add(record):
                writer.flush()
            yield record

    player.play(recorded(), 0, lambda: False)
    app.stop()
    clock.restore()
    writer.close()
    return folder


def stage(run: bytes) -> tuple[ReplayApp, Player]:
    played = PlayedClock()
    played.install()
    config = Config(pairs=(Pair.parse(PAIR),), venues=("binance",))
    app = ReplayApp(config, PlayedRun.of(run), played, serves=False)
    return app, Player(app, played, app.errands, app.check)


def replay(folder: Path, *, topics: bool) -> Callable[[], Body]:
    def prepare() -> Body:
        app, player = stage(next(each.body for each in read(folder) if each.kind == Kind.RUN))
        if topics:
            app.step = WATCHED_STEP

        def body() -> None:
            player.play(read_tables(folder), 0, lambda: False)
            app.stop()
            clock.restore()

        return body

    return prepare


def reading(folder: Path) -> Callable[[], Body]:
    def body() -> None:
        for _ in read_tables(folder):
            pass

    return lambda: body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round, the beginning of the session")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (5)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 5)
    logging.disable(logging.CRITICAL)
    harness.print_head("A recording through the whole server")
    work = Path(tempfile.mkdtemp(prefix="onebook-bench-"))
    rows = []
    try:
        for trades in (False, True):
            source = source_of(trades=trades, most=QUICK if options.quick else None)
            (work / str(trades)).mkdir()
            folder = made(source, work / str(trades))
            candidates: dict[str, Callable[[], Callable[[], object]]] = {
                "whole server": replay(folder, topics=False),
                "reading alone": reading(folder),
            }
            candidates["as if watched"] = replay(folder, topics=True)
            handler = None if trades else peer(source)
            if handler is not None:
                candidates[PEER] = handler
            seconds = harness.best_seconds(candidates, rounds)
            ours, count = seconds["whole server"], len(source.frames)
            what = "depth and trades" if trades else "depth"
            rows += [
                (what, str(count), name, f"{t / count * 1e6:.2f}", f"{count / t:,.0f}", f"{t / ours:.1f}")
                for name, t in seconds.items()
            ]
    finally:
        shutil.rmtree(work)
    harness.print_table(("messages", "count", "", "us each", "per second", "x the whole server's time"), rows)


if __name__ == "__main__":
    main()
