"""Prints what `make faults` saw as markdown: one row per fault, one column per venue.

A cell has the seconds until no wrong level was LIVE any more, and those until the book was live and right again.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

NOTHING, NOT_STRUCK = "·", "-"


def cell(rows: list[list[object]]) -> str:
    """Of the pair that the fault was for: a dot where it cost nothing, a dash where the fault has nothing to strike."""
    if all(row[8] for row in rows):
        return NOT_STRUCK
    wrong = max(float(str(row[7])) for row in rows)
    if any(row[6] for row in rows):
        return f"{wrong:.1f} / not"
    if all(row[4] is None for row in rows):
        return f"{wrong:.1f}" if wrong else NOTHING
    healed = [float(str(row[5])) for row in rows if row[5] is not None]
    return f"{wrong:.1f} / {max(healed):.1f}" if healed else f"{wrong:.1f} / not"


def main() -> int:
    """Reads the report named on the command line."""
    if len(sys.argv) != 2:
        print("usage: fault_table.py REPORT", file=sys.stderr)
        return 2
    found: dict[str, dict[str, list[list[object]]]] = defaultdict(lambda: defaultdict(list))
    venues: dict[str, None] = {}
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row[2].startswith("BTC/"):
            found[row[0]][row[1]].append(row)
            venues[row[1]] = None
    print("| fault | " + " | ".join(venues) + " |")
    print("|---" * (len(venues) + 1) + "|")
    for fault, by_venue in found.items():
        cells = [cell(by_venue[venue]) if venue in by_venue else "" for venue in venues]
        print(f"| {fault} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
