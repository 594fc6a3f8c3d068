"""`onebook recording`: list, verify and repair recordings, and import captures of other tools."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from .errors import RecordingError
from .folder import segments
from .folder_lock import FolderLock
from .listing import rows
from .repair import sealed
from .verify import check, moment

GOOD, FOUND, BAD_USAGE = 0, 1, 2
NO_OTHERS: Mapping[str, str] = {}


class _Parser(argparse.ArgumentParser):
    """One line on stderr and exit status 2 for bad usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")


def main(
    argv: Sequence[str] | None = None, prog: str = "onebook recording", others: Mapping[str, str] = NO_OTHERS
) -> int:
    """Runs a command. The exit status is 0, 1 where verify has findings or a file cannot be used, 2 for bad usage.

    `others` are commands of other modules, for the help.
    """
    flags = parser(prog, others).parse_args(argv)
    run: Callable[[argparse.Namespace], int] = flags.run
    try:
        return run(flags)
    except RecordingError as error:
        print(f"{prog} {flags.command}: {error}", file=sys.stderr)
        return FOUND


def parser(prog: str, others: Mapping[str, str] = NO_OTHERS) -> argparse.ArgumentParser:
    """The commands and their options."""
    made = _Parser(prog=prog, description="Recordings of raw messages, as --data and onebook record make them.")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(run=run)
        return command

    add("list", _list, "print the segments of a recording").add_argument("folder", type=Path, metavar="DIR")
    verify = add("verify", _verify, "check checksums, the chain, and gaps: one line per finding, exit status 1")
    verify.add_argument("folder", type=Path, metavar="DIR")
    repair = add("repair", _repair, "seal what killed recorders have left, and cut off torn tails")
    repair.add_argument("folder", type=Path, metavar="DIR")
    for name, words in others.items():
        commands.add_parser(name, help=words)
    return made


def _list(flags: argparse.Namespace) -> int:
    records = size = 0
    for row in rows(flags.folder):
        state = "" if row.sealed else "  open or not sealed"
        span = f"{moment(row.first_time)}  {moment(row.last_time)}"
        path = row.path.relative_to(flags.folder)
        print(f"{path}  {span}  {row.records:>12,} records  {row.bytes:>14,} bytes{state}")
        records, size = records + row.records, size + row.bytes
    print(f"{records:,} records in {size:,} bytes")
    return GOOD


def _verify(flags: argparse.Namespace) -> int:
    found = check(flags.folder)
    for line in found:
        print(line)
    if not found:
        print(f"{flags.folder}: all checksums are right, the chain is whole, nothing is missing")
    return FOUND if found else GOOD


def _repair(flags: argparse.Namespace) -> int:
    lock = FolderLock(flags.folder)
    try:
        for segment in segments(flags.folder, print):
            result = sealed(segment.path, time.time_ns())
            if result.repaired:
                print(f"{segment.path}: sealed with {result.blocks} blocks; {result.cut} bytes were cut off")
    finally:
        lock.close()
    return GOOD
