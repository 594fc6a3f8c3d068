"""What the benchmarks share: fair timing, a recorded or generated session, and how results are printed.

Every candidate of a comparison runs in the same process, one round after the other, and its best round counts: what
neighbours on the machine take away hits all of them. Read the ratios; the absolute numbers are of the machine printed.
"""

from __future__ import annotations

import importlib
import platform
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderbook_ext import IMPLEMENTATION, FrameShape
from tests.captures import ROOT, find_capture, read_records

sys.path.insert(0, str(ROOT / "proto"))  # a source root, as pytest and server.py have it

BINANCE = FrameShape(
    bids=("b", "bids"),
    asks=("a", "asks"),
    route=("stream",),
    first_id=("U",),
    last_id=("u", "lastUpdateId"),
    time=("E",),
)
CAPTURE = "binance_spot/btcusdt_20240808-09.jsonl.gz"


@dataclass
class Session:
    """Depth frames of one Binance pair: those that fill the book, and those to replay."""

    name: str
    warm_up: list[bytes]
    replay: list[bytes]


def print_head(title: str) -> None:
    """What is measured, by which command, where."""
    module = f"benchmarks.{Path(sys.argv[0]).stem}"
    print(f"{title}\ncommand: {' '.join([Path(sys.executable).name, '-m', module, *sys.argv[1:]])}")
    print(f"machine: {processor()}, {platform.system()} {platform.release()}, Python {platform.python_version()}")
    print(f"orderbook_ext: {IMPLEMENTATION}\n")


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def print_table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print()


def best_seconds(candidates: dict[str, Callable[[], Callable[[], object]]], rounds: int) -> dict[str, float]:
    """Each candidate makes what it needs and returns the body to time. The best round of each, rounds interleaved.

    Every round has another order: nobody always inherits the caches that the same neighbour left behind.
    """
    best = dict.fromkeys(candidates, float("inf"))
    names, chance = list(candidates), random.Random(1)
    for _ in range(rounds):
        chance.shuffle(names)
        for name in names:
            body = candidates[name]()
            start = time.perf_counter()
            body()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def repeated(call: Callable[[], object], times: int) -> Callable[[], Callable[[], object]]:
    """A candidate that calls `times` times."""

    def body() -> None:
        for _ in range(times):
            call()

    return lambda: body


def peer_module(name: str, package: str) -> Any:
    """A peer's module; None where it is not installed, and one line says so."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"peer left out: {package} is not installed (pip install {package})")
        return None


# -- sessions


def session(replayed: int) -> Session:
    """Recorded traffic where the captures are, else a generated session of the same form."""
    path = find_capture(CAPTURE)
    if path is None:
        frames, name = generated_frames(3000 + replayed), "generated session (no captures; set ONEBOOK_CAPTURES)"
    else:
        texts = (record["d"] for record in read_records(path) if record["k"] == "recv")
        frames, name = [text.encode() for text in texts if '"depthUpdate"' in text], f"recorded {CAPTURE}"
    return Session(name, frames[:3000], frames[3000 : 3000 + replayed])


def generated_frames(count: int, seed: int = 1) -> list[bytes]:
    """Diff frames around a walking price, with the proportions of recorded spot traffic."""
    choice = random.Random(seed)
    touch, frames = 6_000_000, []
    for number in range(count):
        touch += choice.randint(-200, 200)
        sides = []
        for sign in (-1, 1):
            distances = {int(choice.paretovariate(0.5)) for _ in range(choice.randint(5, 50))}
            prices = [touch + sign * distance for distance in sorted(distances) if distance < 500_000]
            sides.append(",".join(generated_row(choice, price) for price in prices))
        frames.append(
            f'{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":{1723161255208 + 100 * number},'
            f'"s":"BTCUSDT","U":{number},"u":{number},"b":[{sides[0]}],"a":[{sides[1]}]}}}}'.encode()
        )
    return frames


def generated_row(choice: random.Random, price: int) -> str:
    size = 0 if choice.random() < 0.45 else choice.randint(1, 500_000)
    return f'["{price // 100}.{price % 100:02}000000","{size // 100_000}.{size % 100_000:05}000"]'


Levels = list[tuple[str, str]]


def market_levels(levels: int, touch: int = 6_000_000, seed: int = 1, spacing: int = 4) -> tuple[Levels, Levels]:
    """Both sides of a deep book as text, best first, with gaps of up to 2 * spacing ticks of 0.01."""
    choice = random.Random(seed)
    sides: list[Levels] = []
    for sign in (-1, 1):
        price, side = touch, []
        for _ in range(levels):
            price += sign * choice.randint(1, 2 * spacing)
            size = choice.randint(1, 500_000)
            side.append((f"{price // 100}.{price % 100:02}000000", f"{size // 100_000}.{size % 100_000:05}000"))
        sides.append(side)
    return sides[0], sides[1]
