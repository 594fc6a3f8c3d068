"""Recording: the instructions that it adds to the way of a frame from the websocket into the book.

    python -m benchmarks.bench_recording_instructions [--quick]

The processor time of a few hundred nanoseconds drowns in what neighbours on the machine do; instructions do not. The
connection's process runs under valgrind (Debian's package `valgrind`) with two numbers of frames, recorded and not: the
difference of the numbers is what frames cost, without the start. Instructions of the system are not counted, and both
ways have the same of them: a put into the ring makes no system call.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys

from benchmarks import harness, load, machine
from benchmarks.bench_recording import GOAL, RING, tap_of, through_connection
from benchmarks.binance_session import count_books
from benchmarks.recording import recording
from recording import Ring

VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
_COLLECTED = re.compile(r"Collected : (\d+)")


def one_run(recorded: bool, frames: int) -> None:
    """The process that is counted; prints what it did."""
    source = recording(True, frames)
    ring = Ring.made(RING)
    command = [sys.executable, "-m", "benchmarks.ingest_venue", "all", str(len(source.frames))]
    with load.LineProcess(command, machine.SERVER_CORE) as venue:
        port = int(venue.hear())
        through_connection(source, port, count_books(source), tap_of(ring) if recorded else None)
    rows = [("frames", f"{len(source.frames):,}"), ("bytes in the ring", f"{ring.head:,}")]
    harness.print_table(("a run", "number"), rows)
    ring.close()


def instructions(recorded: bool, frames: int) -> int:
    """Instructions of a run."""
    words = [sys.executable, "-m", __spec__.name, "--frames", str(frames), *(["--recorded"] if recorded else [])]
    done = subprocess.run([*VALGRIND, *words], capture_output=True, text=True, check=False)
    found = _COLLECTED.search(done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(f"the run under valgrind failed: {done.stderr[-2000:]}")
    return int(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one run of 200 frames, without valgrind")
    parser.add_argument("--frames", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--recorded", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    machine.linux_only()
    if options.frames or options.quick:
        one_run(options.recorded or options.quick, options.frames or 200)
        return
    if shutil.which(VALGRIND[0]) is None:
        print("valgrind is not installed: nothing was counted")
        return
    few, many = 500, 3000
    per_frame = {
        recorded: (instructions(recorded, many) - instructions(recorded, few)) / (many - few)
        for recorded in (False, True)
    }
    added = per_frame[True] - per_frame[False]
    rows = [("not recorded", f"{per_frame[False]:,.0f}"), ("recorded", f"{per_frame[True]:,.0f}")]
    harness.print_table(("through a websocket", "instructions per frame"), rows)
    verdict = "reached" if added / per_frame[False] <= GOAL else "MISSED"
    print(f"goal: at most {GOAL:.0%}: {added:+,.0f} instructions, {added / per_frame[False]:+.2%}, {verdict}")


if __name__ == "__main__":
    main()
