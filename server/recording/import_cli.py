"""`onebook recording import`: captures of other tools become recordings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ..errors import OnebookError
from ..neighbours import recording
from ..options import empty_parser
from .capture_files import read_hftbacktest, read_jsonl
from .capture_import import import_capture
from .capture_plan import plan_of

DESCRIPTION = "Writes a capture of raw messages into the folder of a recording."


def main(argv: Sequence[str] | None = None, prog: str = "onebook recording import") -> int:
    """Imports one file; the exit status is 0, 1 for a file that cannot be read, 2 for bad usage."""
    parser = empty_parser(prog, DESCRIPTION, "")
    parser.add_argument("file", type=Path, metavar="FILE", help="a .jsonl or .jsonl.gz capture")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of a recording; it is made if missing")
    parser.add_argument(
        "--hftbacktest",
        action="store_true",
        default=False,
        help="the file is of hftbacktest's collector: NANOSECONDS JSON per line",
    )
    parser.add_argument("--venue", default="", metavar="NAME", help="the venue (default: by the file's addresses)")
    parser.add_argument(
        "--pair",
        action="append",
        default=[],
        metavar="BASE/QUOTE[=SYMBOL]",
        help="an instrument; repeat the flag for more (default: listed pairs that the file's messages have)",
    )
    flags = parser.parse_args(argv)
    read = partial(read_hftbacktest if flags.hftbacktest else read_jsonl, flags.file)
    try:
        plan = plan_of(read(), flags.venue, flags.pair)
        count = import_capture(read, plan, flags.folder)
    except (OnebookError, recording.RecordingError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 1
    pairs = ", ".join(str(instrument.pair) for instrument in plan.instruments)
    print(f"{count:,} messages and answers of {plan.name}, {pairs or 'without instruments: name them with --pair'}")
    return 0
