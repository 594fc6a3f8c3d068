"""`onebook recording`: what a reader does, and what needs the venues."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from . import load

IMPORT = "import"


def main(argv: Sequence[str] | None = None, prog: str = "onebook recording") -> int:
    """Runs a command; the exit status is the command's."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == [IMPORT]:
        imported: int = load("server.recording.import_cli").main(arguments[1:], f"{prog} {IMPORT}")
        return imported
    status: int = load("recording.cli").main(arguments, prog, {IMPORT: "make a recording of a capture of another tool"})
    return status
