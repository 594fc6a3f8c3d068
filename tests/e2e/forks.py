"""Many starts of the server that fail at once, from one process that has imported it: imports are most of such a start.

Reads a list of command lines as JSON, runs `server.py` with each in a forked child, and writes a list of exit status,
standard output and standard error.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

from server.app import main


def start(arguments: list[str]) -> tuple[int, str, str]:
    """What a child says, and how it ends."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        child = os.fork()
        if not child:
            run(arguments, out, err)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), out.read_text("utf-8", "replace"), err.read_text("utf-8", "replace")


def run(arguments: list[str], out: Path, err: Path) -> NoReturn:
    """The child."""
    status = 1
    try:
        for stream, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
        status = main(arguments, prog="server.py")
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    json.dump([start(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
