"""`onebook report`: what a recording shows of gaps, withdrawals, losses and latencies, as a page and as JSON."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ..descriptors import raise_limit
from ..errors import ConfigError, OnebookError
from ..logs import about, configure
from ..neighbours import recording
from ..options import OneLineParser, refuse
from ..replay.moments import check_order, moment
from ..signals import signals
from .gap_report import GapReport
from .html_page import html_page
from .make_report import make_report

log = logging.getLogger(__name__)

PROG = "onebook report"
DONE, WRONG, INTERRUPTED = 0, 2, 130
"""Exit status: the report is made; there is none; it was interrupted."""
PAGE = Path("report.html")
STDOUT = "-"
EPILOG = """examples:
  onebook report DIR                      writes report.html
  onebook report DIR --json -             prints JSON, and writes no page
  onebook report DIR --from 2026-11-29T14:00 --to 2026-11-29T15:00

Times are UTC unless they name a zone. docs/report.md explains all numbers.
"""


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Makes a report. The exit status is 0 when it is written, 2 if there is nothing to report."""
    signals.install()
    signals.attended()
    configure("error", False)
    flags = parser(prog).parse_args(argv)
    try:
        return _run(flags)
    except (OnebookError, recording.RecordingError) as error:
        refuse(prog, str(error))
        return WRONG
    finally:
        signals.close()


def parser(prog: str) -> argparse.ArgumentParser:
    """The options."""
    options = OneLineParser(
        prog=prog,
        description="Plays a recording as fast as possible, and reports per venue and pair how long\n"
        "books were live, gaps, resyncs, disconnects, audits, latencies and losses.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument("recording", type=Path, metavar="DIR", help="folder of a recording, or one of its segments")
    options.add_argument(
        "--out", type=Path, metavar="FILE", help="write the page here (default: report.html, unless --json is given)"
    )
    options.add_argument("--json", metavar="FILE", help="write the report as JSON; - is the standard output")
    options.add_argument("--from", dest="begin", type=moment, metavar="TIME", help="begin here (default: the start)")
    options.add_argument("--to", dest="end", type=moment, metavar="TIME", help="end here (default: the end)")
    options.add_argument(
        "--pair", action="append", default=[], metavar="BASE/QUOTE", help="only these markets (default: all)"
    )
    options.add_argument("--venues", default="", metavar="A,B", help="only these venues (default: all)")
    return options


def _run(flags: argparse.Namespace) -> int:
    check_order(flags.begin, flags.end)
    page = flags.out if flags.out is not None or flags.json is not None else PAGE
    text = None if flags.json in (None, STDOUT) else Path(flags.json)
    for file in (page, text):
        _check_target(file, flags.recording)
    if page is not None and text is not None and page.resolve() == text.resolve():
        raise ConfigError(f"--out and --json name the same file: {page}")
    raise_limit()
    tell = _progress() if sys.stderr.isatty() else lambda _share: None
    report = make_report(
        flags.recording, flags.begin, flags.end, flags.pair, flags.venues, signals.is_set, tell
    )  # fmt: skip
    if report is None:
        return INTERRUPTED
    if report.proof.different:
        words = "%d digests of the live server differ: the numbers of this report are not those of the live server"
        log.error(words, report.proof.different, extra=about("replay_differs"))
    if page is not None:
        _write(page, html_page(report))
    if text is not None:
        _write(text, report.to_json() + "\n")
    if flags.json == STDOUT:
        print(report.to_json())
    else:
        _say(report, [each for each in (page, text) if each is not None])
    return DONE


def _check_target(file: Path | None, source: Path) -> None:
    """Raises ConfigError, before anything is played, where a file cannot be written."""
    if file is None:
        return
    if file.is_dir():
        raise ConfigError(f"{file} is a folder")
    if not file.parent.is_dir():
        raise ConfigError(f"there is no folder {file.parent}")
    if not os.access(file.parent, os.W_OK):
        raise ConfigError(f"the folder {file.parent} cannot be written to")
    target, home = file.resolve(), source.resolve()
    if target == home or home / "raw" in target.parents:
        raise ConfigError(f"{file} is of the recording: the report needs another place")


def _write(path: Path, content: str) -> None:
    """Writes a file whole or not at all. Raises ConfigError."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            made = Path(file.name)
            try:
                file.write(content)
                file.flush()
                made.chmod(0o666 & ~_umask())
                made.replace(path)
            except BaseException:
                made.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _say(report: GapReport, files: Sequence[Path]) -> None:
    for venue in report.venues:
        print(venue.sentence)
    print(f"The report is in {' and '.join(map(str, files))}.")


def _progress() -> Callable[[float], None]:
    """Shows how much was played, on a terminal."""
    last = -1

    def tell(share: float) -> None:
        nonlocal last
        percent = int(share * 100)
        if percent != last:
            last = percent
            print(f"\rplayed {percent} %", end="\n" if percent == 100 else "", file=sys.stderr, flush=True)

    return tell
