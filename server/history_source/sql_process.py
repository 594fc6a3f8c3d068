"""The process that writes a server's history into a database: as history_process.py, and as bound to the server's life.

Its standard input brings the address of the database first, in one line: an address may have a password, which a
command line would show to everybody on the machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..sql.sql_writer import SqlWriter
from .history_process import drained

if TYPE_CHECKING:
    from recording import Ring


def command(ring: Ring, spill: Path) -> list[str]:
    """The command line of the process, which inherits the ring's descriptor and the folder's lock."""
    return [sys.executable, "-m", __name__, "--ring", str(ring.descriptor), "--spill", str(spill)]


def main(argv: Sequence[str] | None = None) -> int:
    """Writes until the server is gone; 1 if something could not be written."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ring", type=int, required=True)
    parser.add_argument("--spill", type=Path, required=True)
    flags = parser.parse_args(argv)
    # Unbuffered: what follows belongs to who watches the end of the pipe.
    url = _line(sys.stdin.fileno())
    return drained(flags.ring, lambda: SqlWriter(url, flags.spill))


def _line(descriptor: int) -> str:
    with open(descriptor, "rb", buffering=0, closefd=False) as file:
        return file.readline().decode().strip()


if __name__ == "__main__":
    raise SystemExit(main())
