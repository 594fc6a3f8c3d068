"""Replay: a recording from disk through the whole server, as fast as possible, against a peer's handler in memory.

    python -m benchmarks.bench_replay [--quick] [--rounds N]

The recording is made of a captured session of one pair (a generated one without captures), at its own pace, with the
ticks of its connection. "whole server" reads, decompresses and decodes it, keeps the book and its chain of digests, and
runs the analytics once per second of the recording; "as if watched" runs all of them as often as the live server would.
Peer (pip install cryptofeed): its own handler of the same frames, read by nobody.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from benchmarks import harness
from benchmarks.bench_frames import PEER, peer
from benchmarks.recording import Recording
from benchmarks.recording import recording as source_of
from recording import Kind, Record, RecordingWriter, bodies, read
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
PACE = SECOND // 10
"""Nanoseconds between two depth frames, as the venue sends them."""
QUICK = 400
LEVELS = 100
"""Levels per side that are wanted: the snapshot is deep enough for the whole session, and no other is asked for."""
Body = Callable[[], None]


def records(source: Recording) -> Iterator[Record]:
    """The recording that a server would have made of this session."""
    venue = VENUES["binance"]()
    item = Instrument(Pair.parse(PAIR), "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), "TRADING", trading=True)
    plan = venue.book_plan(item, "diff", LEVELS)
    assert plan.rest_snapshot is not None
    now = 1_723_161_253 * SECOND
    how = {"binance": {"book": "diff", "levels": LEVELS, "checks": False, "audit": 0.0}}
    yield Record(Kind.RUN, 0, bodies.packed({"onebook": "", "epoch": now, "pairs": [PAIR], "venues": how}), now, now)
    yield Record(Kind.SOURCE, 1, bodies.source(1, "binance", bodies.REST), now, now)
    member = bodies.member(PAIR, instrument_fields(item), plan.stream, venue.trade_stream(item), ())
    yield Record(Kind.SOURCE, 2, bodies.source(2, "binance", 1, [member]), now, now)
    yield Record(Kind.OPENED, 2, b"/", now, now)
    tick = now
    for number, frame in enumerate(source.frames):
        now += PACE if b"depthUpdate" in frame else 1000
        yield Record(Kind.RECEIVED, 2, frame, now, now)
        if not number:
            path = plan.rest_snapshot.path
            yield Record(Kind.ANSWER, 1, bodies.answer("GET", path, 200, {}, source.snapshot), now, now)
        if now >= tick:
            tick = now + int(TICK * SECOND)
            yield Record(Kind.TICK, 2, b"", now, now)


def made(source: Recording, folder: Path) -> Path:
    writer = RecordingWriter(folder)
    for record in records(source):
        if writer.add(record):
            writer.flush()
    writer.close()
    return folder


def replay(folder: Path, *, topics: bool) -> Callable[[], Body]:
    def prepare() -> Body:
        played = PlayedClock()
        played.install()
        run = PlayedRun.of(next(each.body for each in read(folder) if each.kind == Kind.RUN))
        app = ReplayApp(Config(pairs=(Pair.parse(PAIR),), venues=("binance",)), run, played, serves=False)
        if topics:
            app.step = WATCHED_STEP
        player = Player(app, played, app.errands, app.check)

        def body() -> None:
            player.play(read(folder), 0, lambda: False)
            app.stop()
            clock.restore()

        return body

    return prepare


def reading(folder: Path) -> Callable[[], Body]:
    def body() -> None:
        for _ in read(folder):
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
