"""`onebook replay`: plays a recording, serves it as a live server would, and holds its books against the live ones."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..cautions import say_serving
from ..check_config import checked
from ..clock import PlayedClock
from ..config import Config
from ..descriptors import raise_limit
from ..errors import ConfigError, OnebookError
from ..logs import about, configure
from ..model import Pair
from ..neighbours import recording
from ..options import OneLineParser, given, refuse, wants_json
from ..printable import printable
from ..signals import signals
from .moments import check_order, moment
from .played_history import PlayedHistory
from .played_run import PlayedRun
from .player import Player
from .replay_fault import KINDS, InjectedFault, check_faults, parse_fault
from .row_writers import RowWriters
from .selection import chosen_pairs, chosen_venues, runs_together
from .stage import ReplayApp
from .state_check import StateCheck

log = logging.getLogger(__name__)

PROG = "onebook replay"
SAME, DIFFERENT, WRONG = 0, 1, 2
"""Exit status: all is as live; a book is not; nothing could be played."""
EPILOG = """examples:
  onebook replay DIR --wait                 begins with the first stream
  onebook replay DIR --speed 10 --from 2026-11-29T14:00 --to 2026-11-29T15:00
  onebook replay DIR --speed max --no-port  compares its books with the live

Times are UTC unless they name a zone. All other options are those of onebook
serve: --host, --port, --tls-cert, --tokens, --levels, --transport, ...
"""


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Plays a recording. The exit status is 1 if a book is not that of the live server, 2 if nothing could be
    played."""
    signals.install()
    signals.attended()
    configure("info", wants_json(argv))
    try:
        flags, rest = parser(prog).parse_known_args(argv)
        return _play(flags, rest, prog)
    except (OnebookError, recording.RecordingError) as error:
        refuse(prog, str(error))
        return WRONG
    finally:
        signals.close()


def parser(prog: str) -> argparse.ArgumentParser:
    """The options that onebook serve does not have."""
    options = OneLineParser(
        prog=prog,
        description="Plays a recording through the objects that run live, and serves it over\nthe same API.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("recording", type=Path, metavar="DIR", help="folder of a recording, or one of its segments")
    options.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="times as fast as it happened, or max (default: 1)"
    )
    options.add_argument(
        "--from", dest="begin", type=moment, metavar="TIME", help="begin here, with the books of this time (default: "
        "the start)",
    )  # fmt: skip
    options.add_argument("--to", dest="end", type=moment, metavar="TIME", help="end here (default: the end)")
    options.add_argument(
        "--pair", action="append", default=[], metavar="BASE/QUOTE", help="only these markets (default: all)"
    )
    options.add_argument("--venues", default="", metavar="A,B", help="only these venues (default: all)")
    options.add_argument("--wait", action="store_true", help="begin when the first stream is opened")
    options.add_argument("--stay", action="store_true", help="go on serving the last state at the end")
    options.add_argument("--no-port", action="store_true", help="serve nobody, only check")
    options.add_argument(
        "--fault", action="append", default=[], metavar="KIND[:VENUE[:KEY=VALUE,...]]",
        help=f"put a fault on a venue's frames: {', '.join(KINDS)}; repeat the flag for more (keys: docs/replay.md)",
    )  # fmt: skip
    options.add_argument("--history", type=Path, metavar="FOLDER", help="build the history again: docs/history.md")
    options.add_argument("--sql", metavar="URL", help="write the history into a database on a server: docs/sql.md")
    options.add_argument("--json", action="store_true", help="print the result as lines of JSON")
    return options


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e6:
        raise argparse.ArgumentTypeError(f"{printable(text, 40)!r} is neither max nor a number above 0, such as 10")
    return speed


def _pace(speed: float) -> str:
    return f"{speed:g} times its speed" if speed else "full speed"


def _play(flags: argparse.Namespace, rest: list[str], prog: str) -> int:
    check_order(flags.begin, flags.end)
    run = runs_together(flags.recording, flags.end)
    config = _config(flags, rest, run, prog)
    faults = [parse_fault(text) for text in flags.fault]
    check_faults(faults, config.venues, list(map(str, config.pairs)))
    configure(config.log_level, config.log_json)
    raise_limit()
    played = PlayedClock()
    played.install()
    history = None
    if flags.history is not None or flags.sql is not None:
        history = PlayedHistory(RowWriters(flags.history, flags.sql, signals.is_set))
    app = ReplayApp(
        config, run, played, serves=not flags.no_port, history=history, faults=faults, begin=flags.begin or 0
    )  # fmt: skip
    player = Player(app, played, app.errands, app.check, flags.speed)
    try:
        began = time.monotonic()

        def ready() -> None:
            nonlocal began
            app.start(signals)
            if not flags.no_port:
                say_serving(config, app.server.port)
            log.info("playing %s at %s", flags.recording, _pace(flags.speed), extra=about("replay"))
            if flags.begin:
                words = "the books of the begin are made of %d records before, in %.1f s"
                log.info(words, player.before, time.monotonic() - began, extra=about("replay"))
            while flags.wait and not app.watched and not signals.is_set():
                app.turn(0.05)
            began = time.monotonic()

        player.play(_records(flags), flags.begin or 0, signals.is_set, ready)
        _report(player, app.check, app.injected, time.monotonic() - began, as_json=flags.json)
        if app.faults_left:
            log.warning("faults that have not hit, as no such frame came: %d", app.faults_left, extra=about("fault"))
        while flags.stay and not signals.is_set():
            app.turn(0.05)
    finally:
        app.stop()
    return DIFFERENT if app.check.different else SAME


def _records(flags: argparse.Namespace) -> Iterator[recording.Record | recording.RecordTable]:
    def report(words: str) -> None:
        log.warning("%s", words, extra=about("replay"))

    return recording.read_tables(flags.recording, flags.begin or 0, flags.end, report)


def _config(flags: argparse.Namespace, rest: list[str], run: PlayedRun, prog: str) -> Config:
    """The settings of the command line, with the markets and venues of the recording. Raises ConfigError."""
    pairs, venues = chosen_pairs(flags.pair, run), chosen_venues(flags.venues, run)
    config = checked(given([word for pair in pairs for word in ("--pair", pair)] + rest, prog))
    if config.data is not None:
        raise ConfigError("a replay records nothing: leave out --data")
    if config.history is not None:
        raise ConfigError("the history of a replay is built by --history FOLDER alone: leave out the setting history")
    if config.csv is not None:
        raise ConfigError("a replay writes no CSV files: leave out --csv, and export the recording or its history")
    # The venues of a recording may be gone, or may need to be named: what holds for live venues does not hold here.
    return dataclasses.replace(config, pairs=tuple(map(Pair.parse, pairs)), venues=tuple(venues), control=False)


def _report(
    player: Player, check: StateCheck, faults: Sequence[InjectedFault], seconds: float, *, as_json: bool
) -> None:  # fmt: skip
    books: list[dict[str, Any]] = []
    for (market, venue), chain in sorted(check.chains.items()):
        value, frames = chain.read()
        books.append(
            {
                "market": market, "venue": venue, "frames": frames, "sequence": max(0, chain.entry.sequence),
                "chain": f"{value:016x}",
            }
        )  # fmt: skip
    total = {
        "records": player.records, "messages": player.frames, "seconds": round(seconds, 3),
        "per_second": round(player.frames / seconds) if seconds else 0, "states_equal": check.equal,
        "states_different": check.different, "states_not_seen": check.missed, "gaps": len(player.lost),
    }  # fmt: skip
    if as_json:
        for each in ({"type": "book", **book} for book in books):
            print(json.dumps(each))
        for fault in faults:
            print(json.dumps({"type": "fault", **dataclasses.asdict(fault), "time": str(fault.time)}))
        print(json.dumps({"type": "replay", **total}))
        return
    for book in books:
        print(f"{book['market']} on {book['venue']}: {book['frames']:,} frames, chain {book['chain']}")
    for fault in faults:
        print(f"fault {fault.kind} hit frame {fault.frame:,} of {fault.pair} on {fault.venue}")
    print(
        f"{player.frames:,} messages in {seconds:.1f} s ({total['per_second']:,}/s). Of the digests that the live "
        f"server recorded, {check.equal:,} are equal, {check.different:,} differ, and {check.missed:,} were not seen.",
        file=sys.stdout,
    )
    if player.lost:
        print(f"{len(player.lost)} gaps in the recording; the first: {player.lost[0]}")
