"""Prints what `make faults` saw as markdown: one row a fault, one column a venue, seconds to detect / to heal."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

NOTHING = "·"


def cell(rows: list[list[object]]) -> str:
    """Of the pair that the fault was for: detected / healed, or the mark of a fault that cost nothing."""
    detected = [float(str(row[4])) for row in rows if row[4] is not None]
    healed = [float(str(row[5])) for row in rows if row[5] is not None]
    if any(row[6] for row in rows):
        return "unseen"
    if not detected:
        return NOTHING
    return f"{min(detected):.1f} / {max(healed):.1f}" if healed else f"{min(detected):.1f} / not"


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
