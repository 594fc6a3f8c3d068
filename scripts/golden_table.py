"""Prints what the recorded sessions prove, as a table a venue: `python scripts/golden_table.py`.

Replays what tests/golden replays, through the same objects, and counts instead of asserting. The recordings are found
as tests/captures.py finds them. Exit status 1 if anything differs from what was recorded.
"""

from __future__ import annotations

import bisect
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "proto")]

from tests.captures import Record, find_capture
from tests.golden.replay import Replay, book_hash
from tests.golden.test_books import CAPTURES, _best, golden, recorded, replay_of, tickers, whole_book

HEAD = """| venue | recordings | books | frames | updates | checksums | failed | top 10 | full books | tops as ticker |
|---|---|---|---|---|---|---|---|---|---|"""


@dataclass
class Found:
    """What was compared; pairs are (equal, compared)."""

    recordings: int = 0
    derived: int = 0
    books: int = 0
    frames: int = 0
    updates: int = 0
    verified: int = 0
    failed: int = 0
    tops: tuple[int, int] = (0, 0)
    full: tuple[int, int] = (0, 0)
    ticker: tuple[int, int] = (0, 0)

    def __add__(self, other: Found) -> Found:
        return Found(**{key: _sum(value, vars(other)[key]) for key, value in vars(self).items()})

    @property
    def wrong(self) -> bool:
        """Whether a hash or a checksum differs. Tickers are a stream of their own, which may lag."""
        return self.failed > 0 or self.tops[0] < self.tops[1] or self.full[0] < self.full[1]

    def row(self, name: str) -> str:
        """A row of the table."""
        kind = f" ({self.derived} rewritten)" if self.derived else ""
        numbers = (self.books, self.frames, self.updates, self.verified, self.failed)
        shares = (f"{equal:,} of {all_:,}" if all_ else "" for equal, all_ in (self.tops, self.full, self.ticker))
        return f"| {' | '.join([name, f'{self.recordings}{kind}', *(f'{each:,}' for each in numbers), *shares])} |"


def _sum(one: Any, other: Any) -> Any:
    return (one[0] + other[0], one[1] + other[1]) if isinstance(one, tuple) else one + other


def replayed(capture: str, derived: bool) -> Found:
    """Replays one recording."""
    results = golden(capture)
    replay = replay_of(capture, list(results))
    points = ((symbol, point) for symbol, result in results.items() for point in result["checkpoints"])
    checkpoints = {(symbol, point["line"]): point["sha256_top10"] for symbol, point in points}
    found = Found(1, int(derived), len(results), updates=sum(result["updates"] for result in results.values()))
    told, positions = tickers(capture.partition("@")[0]), dict.fromkeys(results, -1)
    for line in replay.run(_counted(recorded(capture), found)):
        for symbol, sync in replay.syncs.items():
            if (symbol, line) in checkpoints:
                found.tops = _sum(found.tops, (book_hash(sync.book, 10) == checkpoints[symbol, line], 1))
            if told.get(symbol) and sync.live and sync.rule.position != positions[symbol]:
                positions[symbol] = sync.rule.position
                at = bisect.bisect_right(told[symbol], (sync.rule.position, (Decimal("Infinity"),))) - 1
                if at >= 0:
                    found.ticker = _sum(found.ticker, (told[symbol][at][1] == _best(sync.book), 1))
    return _ends(capture, replay, results, found)


def _counted(records: Iterator[Record], found: Found) -> Iterator[Record]:
    for record in records:
        found.frames += record["k"] == "recv"
        yield record


def _ends(capture: str, replay: Replay, results: dict[str, dict[str, Any]], found: Found) -> Found:
    """Compares the books at the end."""
    for symbol, result in results.items():
        sync, live = replay.syncs[symbol], replay.live(symbol)
        whole = whole_book(capture, symbol, result)["sha256_full"]
        found.tops = _sum(found.tops, (live and book_hash(sync.book, 10) == result["sha256_top10"], 1))
        found.full = _sum(found.full, (live and book_hash(sync.book, None) == whole, 1))
        found.verified += sync.entry.checksums_verified
        found.failed += sync.entry.checksum_failures
    return found


def main() -> int:
    manifest = find_capture("manifest.json")
    if manifest is None:
        print("no recordings; set ONEBOOK_CAPTURES to their folder", file=sys.stderr)
        return 2
    derived = {item["file"]: bool(item["derived"]) for item in json.loads(manifest.read_text())["captures"]}
    venues: dict[str, Found] = {}
    for capture, venue in CAPTURES.items():
        found = replayed(capture, derived[f"{capture.partition('@')[0]}.jsonl.gz"])
        venues[venue] = venues.get(venue, Found()) + found
    total = sum(venues.values(), Found())
    print(HEAD, *(found.row(name) for name, found in venues.items()), total.row("**all**"), sep="\n")
    return int(total.wrong)


if __name__ == "__main__":
    sys.exit(main())
