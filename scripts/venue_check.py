"""Everything that one venue must show, in the order in which it is cheapest to learn: `make venue-check VENUE=x`.

The rules of the house, its messages and requests, what a server would do with it, simulator and server as processes,
and every fault on frames of its books. Ends with the first part that fails, and says which.
"""

from __future__ import annotations

import difflib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from server.venues import VENUES
from simulator.venues import VENUES as SIMULATED
from tests.venue_option import files_of

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
QUIET = ("-q", "-rs", "-p", "no:cacheprovider", "--no-header")


def parts(venue: str) -> list[tuple[str, list[str]]]:
    """What is run, by what it shows."""
    files = files_of(venue)
    paths = [path for name in files for path in (f"server/venues/{name}.py", f"simulator/venues/{name}.py")]
    own = [str(path.relative_to(ROOT)) for name in files for path in sorted(ROOT.glob(f"tests/*/test_{name}*.py"))]
    pytest = [PYTHON, "-m", "pytest", *QUIET]
    return [
        ("style", [PYTHON, "-m", "ruff", "check", *(path for path in paths if (ROOT / path).exists())]),
        ("layout", [*pytest, "tests/test_layout.py"]),
        ("its own tests", [*pytest, *own]),
        ("messages, requests, answers", [*pytest, "--venue", venue, "tests/venues", "tests/isolation"]),
        ("dry run", [PYTHON, "-m", "cli", "check-config", "--venues", venue, "--pair", "BTC/USDT", "--no-control"]),
        ("simulator and server", [*pytest, "--venue", venue, "tests/e2e/test_one_venue.py"]),
        ("every fault on frames of books", [*pytest, "-v", "--venue", venue, "tests/faults/test_one_venue.py"]),
    ]


def main(arguments: Sequence[str]) -> int:
    """Runs the parts; the exit status is that of the first that fails."""
    if len(arguments) != 1 or arguments[0] not in VENUES:
        return usage(arguments)
    (venue,) = arguments
    if venue not in SIMULATED:
        print(f"{venue}: simulator/venues/__init__.py has no such exchange", file=sys.stderr)
        return 2
    for title, command in parts(venue):
        began = time.monotonic()
        print(f"\n== {venue}: {title}", flush=True)
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status:
            print(f"\n{venue}: {title} failed; run it again with\n  {' '.join(command)}", file=sys.stderr)
            return status
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    print(f"\n{venue}: all of it is right" + ("" if VENUES[venue].PROVED else "; it is read only when it is named"))
    return 0


def usage(arguments: Sequence[str]) -> int:
    """Says what is wrong with the name."""
    name = " ".join(arguments)
    nearest = difflib.get_close_matches(name, VENUES, 1)
    hint = f"; the nearest is {nearest[0]}" if nearest else ""
    said = f"no venue is called {name!r}{hint}" if name else "say which venue: make venue-check VENUE=kraken"
    print(f"{said}\nknown: {', '.join(VENUES)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
