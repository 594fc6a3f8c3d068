"""Exports: a recording from disk into the files of each format, as fast as possible.

    python -m benchmarks.bench_export [--quick] [--rounds N]

The recording is that of bench_replay: depth and trades of one pair. "changes alone" plays it, takes every change of the
book and writes nothing: what a format adds is the rest. Formats whose packages are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import harness
from benchmarks.bench_replay import QUICK, made
from benchmarks.recording import recording as source_of
from recording import read
from server.export.hftbacktest import HftBacktestSink
from server.export.nautilus_precision import PrecisionSink
from server.export.parquet_sink import ParquetSink
from server.export.recording_player import play_into
from server.export.sink import Sink
from server.export.tardis import TardisSink
from server.replay.selection import runs_together

ALONE = "changes alone"
FORMATS: dict[str, tuple[str, Callable[[Path], Sink]]] = {
    ALONE: ("json", lambda _folder: PrecisionSink()),
    "parquet": ("pyarrow", ParquetSink),
    "tardis": ("gzip", TardisSink),
    "hftbacktest": ("numpy", HftBacktestSink),
}
"""By name: the module that the format needs, and its writer."""


def exported(source: Path, folder: Path, make: Callable[[Path], Sink]) -> Callable[[], None]:
    """One export of a recording."""

    def body() -> None:
        sink = make(folder)
        play_into(sink, read(source), runs_together(source))
        sink.finish()

    return body


def size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round, the beginning of the session")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (3)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    logging.disable(logging.CRITICAL)
    harness.print_head("A recording into files of other tools")
    with tempfile.TemporaryDirectory(prefix="onebook-bench-") as work:
        session = source_of(trades=True, most=QUICK if options.quick else None)
        (recorded := Path(work) / "rec").mkdir()
        source = made(session, recorded)
        formats = {name: each for name, each in FORMATS.items() if importlib.util.find_spec(each[0]) is not None}
        folders = {name: Path(work) / name for name in formats}
        candidates: dict[str, Callable[[], Callable[[], object]]] = {
            name: lambda name=name, make=make: exported(source, folders[name], make)  # type: ignore[misc]
            for name, (_, make) in formats.items()
        }
        seconds, count = harness.best_seconds(candidates, rounds), len(session.frames)
        rows = [
            (name, str(count), f"{t / count * 1e6:.1f}", f"{count / t:,.0f}", f"{size(folders[name]) / count:.0f}")
            for name, t in seconds.items()
        ]
    harness.print_table(("format", "messages", "us each", "per second", "bytes each"), rows)


if __name__ == "__main__":
    main()
