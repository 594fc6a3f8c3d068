"""What attacks on the port of HTTP cost five innocent readers, as a table: `python -m tests.strangers.measure_http`.

The tests beside it assert that the readers go on, and that memory is bounded; this tells how much the readers keep.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from ..e2e.processes import Process, Yard
from .http_attacks import NAMES
from .http_rig import Innocents
from .rig import memory
from .test_http_attacks import HttpServer

SECONDS, SETTLED, TURNS = 2.0, 0.5, 3


def turn(yard: Yard, served: HttpServer, innocents: Innocents, name: str) -> dict[str, float]:
    """The part of its messages that each reader keeps, of what it got just before."""
    alone = innocents.rates(SECONDS)
    numbers = str(served.port), str(SECONDS + 2 * SETTLED)
    attacker: Process = yard.process("-m", "tests.strangers.http_attacks", name, *numbers, name="attacker")
    innocents.rates(SETTLED)
    rates = innocents.rates(SECONDS)
    attacker.wait()
    return {reader: rate / alone[reader] for reader, rate in rates.items()}


def row(yard: Yard, served: HttpServer, innocents: Innocents, name: str) -> str:
    """One line of the table: medians of some turns."""
    before = memory(served.server)
    turns = [turn(yard, served, innocents, name) for _ in range(TURNS)]
    kept = [f"{median(each[reader] for each in turns):.0%}" for reader in innocents.readers]
    return f"| {name} | {' | '.join(kept)} | {memory(served.server) - before:+.1f} MB |"


def main() -> int:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        yard = Yard(Path(folder))
        try:
            served = HttpServer(yard)
            innocents = Innocents(served.server, served.port)
            print(f"| attack | {' | '.join(innocents.readers)} | memory |\n" + "|---" * 7 + "|")
            for name in sys.argv[1:] or NAMES:
                print(row(yard, served, innocents, name), flush=True)
            print(f"readers that were cut: {innocents.errors() or 'none'}")
            innocents.close()
        finally:
            yard.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
