"""`onebook export`: a recording or a history as files of other tools."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..descriptors import raise_limit
from ..errors import ConfigError, OnebookError
from ..history.day_reader import Source
from ..history.folder import days
from ..logs import configure
from ..model import Pair
from ..neighbours import recording
from ..options import OneLineParser, refuse
from ..replay.moments import check_order, moment
from ..replay.played_run import PlayedRun
from ..replay.selection import chosen_part, runs_together
from ..signals import signals
from ..suggestions import did_you_mean
from .export_error import ExportError, needed
from .hftbacktest import HftBacktestSink
from .history_parquet import HistoryExport
from .nautilus import NautilusSink
from .nautilus_precision import PrecisionSink
from .parquet_files import CONSOLIDATED
from .parquet_sink import ParquetSink
from .parquet_views import write_views
from .recording_player import play_into
from .sink import Sink
from .tardis import TardisSink

PROG = "onebook export"
DONE, STOPPED, WRONG = 0, 1, 2
"""Exit status: all is written; it was stopped and wrote nothing; it could not be done."""
FOREVER = 2**63 - 1
EPILOG = """formats:
  parquet       tables that DuckDB, pandas, polars and Spark read
  tardis        CSV files as Tardis has them
  hftbacktest   npz files of hftbacktest 2
  nautilus      a ParquetDataCatalog of NautilusTrader

examples:
  onebook export history out --format parquet
  onebook export rec out --format tardis --pair BTC/USDT --from 2026-11-29T14:00

Times are UTC unless they name a zone. docs/export.md describes all columns.
"""


class Written(NamedTuple):
    """What an export has written."""

    rows: Counter[str]
    files: int


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Exports. The exit status is 1 if it was stopped, 2 if it could not be done: no file is half written."""
    signals.install()
    signals.attended()
    configure("warning", False)
    try:
        flags = parser(prog).parse_args(argv)
        _check(flags)
        raise_limit()
        began = time.monotonic()
        written = _from_history(flags) if _is_history(flags.source) else _from_recording(flags)
        if signals.is_set():
            refuse(prog, "stopped; files that were not complete are removed")
            return STOPPED
        if flags.format == PARQUET:
            write_views(flags.folder)
        _report(written, flags.folder, time.monotonic() - began)
        return DONE
    except (OnebookError, recording.RecordingError) as error:
        refuse(prog, str(error))
        return WRONG
    finally:
        signals.close()


def parser(prog: str) -> argparse.ArgumentParser:
    """The options."""
    options = OneLineParser(
        prog=prog,
        description="Writes a recording or a history as files of other tools.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("source", type=Path, metavar="SOURCE", help="folder of a recording, or of a history")
    options.add_argument("folder", type=Path, metavar="DIR", help="where the files go")
    options.add_argument("--format", required=True, choices=(*SINKS, NAUTILUS), help="which tool is to read the files")
    options.add_argument(
        "--pair", action="append", default=[], metavar="BASE/QUOTE", help="only these markets (default: all)"
    )
    options.add_argument("--venues", default="", metavar="A,B", help="only these venues (default: all)")
    options.add_argument(
        "--from", dest="begin", type=moment, default=0, metavar="TIME", help="begin here (default: the start)"
    )
    options.add_argument("--to", dest="end", type=moment, metavar="TIME", help="end here (default: the end)")
    options.add_argument(
        "--levels", type=int, default=25, metavar="N", help="N of Tardis's book_snapshot_N (default: 25)"
    )
    return options


PARQUET, NAUTILUS = "parquet", "nautilus"
SINKS: dict[str, Callable[[argparse.Namespace], Sink]] = {
    PARQUET: lambda flags: ParquetSink(flags.folder),
    "tardis": lambda flags: TardisSink(flags.folder, flags.levels),
    "hftbacktest": lambda flags: HftBacktestSink(flags.folder),
}


def _check(flags: argparse.Namespace) -> None:
    check_order(flags.begin, flags.end)
    if not 1 <= flags.levels <= 1000:
        raise ConfigError(f"--levels {flags.levels} is not 1 to 1000")
    if not flags.source.exists():
        raise ExportError(f"there is no {flags.source}")
    if flags.folder.exists() and not flags.folder.is_dir():
        raise ExportError(f"{flags.folder} is not a folder")


def _is_history(source: Path) -> bool:
    """Whether a folder is a history. Raises ExportError if it is neither a history nor a recording."""
    if source.is_file() or (source / "raw").is_dir():
        return False
    if days(source):
        return True
    raise ExportError(f"{source} is neither a recording nor a history")


def _from_recording(flags: argparse.Namespace) -> Written:
    run = chosen_part(runs_together(flags.source, flags.end), flags.pair, flags.venues)
    configure("error", False)  # That books come and go in a replay is in the files.
    if flags.format == NAUTILUS:
        needed("nautilus_trader")
        first = PrecisionSink()
        _play(flags, run, first, lambda _words: None)
        made: Sink = NautilusSink(flags.folder, first.found)
    else:
        made = SINKS[flags.format](flags)
    finished = False
    try:
        _play(flags, run, made, _say_missing)
        if not signals.is_set():
            made.finish()
            finished = True
    finally:
        if not finished:
            made.discard()
    return Written(made.rows, made.files)


def _play(flags: argparse.Namespace, run: PlayedRun, sink: Sink, report: Callable[[str], None]) -> None:
    """Plays what was asked for; `report` is told what the recording misses."""
    records = recording.read_from(flags.source, flags.begin, flags.end, report)
    for words in play_into(sink, records, run, begin=flags.begin, stop=signals.is_set):
        report(words)


def _from_history(flags: argparse.Namespace) -> Written:
    if flags.format != PARQUET:
        raise ExportError(
            f"the format {flags.format} needs a recording: the history {flags.source} has one book per second"
        )
    export = HistoryExport(flags.source, flags.folder, signals.is_set)
    export.export(_chosen(flags, export.sources()), flags.begin, FOREVER if flags.end is None else flags.end)
    return Written(export.rows, export.files)


def _chosen(flags: argparse.Namespace, sources: Sequence[Source]) -> Callable[[Source], bool]:
    """Which pairs and venues of a history are wanted. Raises ConfigError for those that it does not have."""
    pairs = [str(Pair.parse(text)) for text in flags.pair]
    venues = [name.strip() for name in flags.venues.split(",") if name.strip()]
    _known("pair", pairs, {f"{source.base}/{source.quote}" for source in sources})
    _known("venue", venues, {source.venue or CONSOLIDATED for source in sources})

    def wanted(source: Source) -> bool:
        pair = f"{source.base}/{source.quote}"
        return (not pairs or pair in pairs) and (not venues or (source.venue or CONSOLIDATED) in venues)

    return wanted


def _known(what: str, wanted: Sequence[str], known: set[str]) -> None:
    for each in wanted:
        if each not in known:
            raise ConfigError(f"the history has no {what} {each!r:.60}{did_you_mean(each, sorted(known))}")


def _say_missing(words: str) -> None:
    refuse(PROG, f"the recording is not complete: {words}")


def _report(written: Written, folder: Path, seconds: float) -> None:
    for kind, count in sorted(written.rows.items()):
        print(f"{kind}: {count:,} rows")
    print(f"{written.files:,} files in {folder}, {seconds:.1f} s")
