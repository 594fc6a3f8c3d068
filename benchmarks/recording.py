"""What bench_ingest replays: one pair's snapshot and its frames, recorded where captures are, else generated."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace

from benchmarks import harness
from tests.captures import find_capture, read_records

SYMBOL = "BTCUSDT"
GENERATED_FRAMES = 6000
GENERATED_LEVELS = 1000


@dataclass(frozen=True)
class Recording:
    """Frames as they came from the socket, without the streams that onebook does not subscribe."""

    name: str
    snapshot: bytes
    frames: list[bytes]

    @property
    def mean_bytes(self) -> float:
        return sum(map(len, self.frames)) / len(self.frames)


def recording(trades: bool, most: int | None = None) -> Recording:
    """Depth frames, or those and the trades between them: all, or the first `most`."""
    path = find_capture(harness.CAPTURE)
    if path is None:
        whole = generated()
        return replace(whole, frames=whole.frames[:most])
    snapshot, frames = b"", []
    for record in read_records(path):
        if record["k"] == "http":
            snapshot = snapshot or record["d"].encode()
        elif '"depthUpdate"' in record["d"] or (trades and '@trade"' in record["d"][:40]):
            frames.append(record["d"].encode())
        if len(frames) == most:
            break
    return Recording(f"recorded {harness.CAPTURE}", snapshot, frames)


def generated(seed: int = 1) -> Recording:
    """Changes at random distances around a touch that stands still, so that the book never crosses. No trades."""
    choice = random.Random(seed)
    bids, asks = harness.market_levels(GENERATED_LEVELS)
    snapshot = json.dumps({"lastUpdateId": 0, "bids": bids, "asks": asks}).encode()
    frames = [_frame(choice, number) for number in range(1, GENERATED_FRAMES + 1)]
    return Recording("generated session (no captures; set ONEBOOK_CAPTURES)", snapshot, frames)


def _frame(choice: random.Random, number: int) -> bytes:
    sides = []
    for sign in (-1, 1):
        distances = {min(int(choice.paretovariate(0.5)), 500_000) for _ in range(choice.randint(5, 50))}
        prices = (6_000_000 + sign * distance for distance in sorted(distances))
        sides.append(",".join(harness.generated_row(choice, price) for price in prices))
    return (
        f'{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":{1723161255208 + 100 * number},'
        f'"s":"{SYMBOL}","U":{number},"u":{number},"b":[{sides[0]}],"a":[{sides[1]}]}}}}'
    ).encode()
