"""A server for as long as one likes, with clients that come and go and faults all the time: does its memory stay flat?

python -m tests.e2e.soak --minutes 40            # resident memory, threads, descriptors once a minute
python -m tests.e2e.soak --minutes 15 --trace    # and which lines of Python hold more at the end than in the middle
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import logging
import random
import sys
import tempfile
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import psutil

from server.app import App
from server.options import read

from .processes import Process, Simulator, Yard

VENUES = ("binance", "okx", "bybit", "kraken", "bitfinex", "gate", "kucoin", "bitstamp")
PAIRS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("drop", {"count": 1}), ("reorder", {"count": 1}), ("duplicate", {"count": 3}), ("cut", {}), ("disconnect", {}),
    ("crossed", {"lasting": "1s"}), ("stall", {"lasting": "3s"}), ("corrupt", {"mode": "truncate", "count": 1}),
    ("corrupt", {"mode": "garbage", "count": 1}), ("trade_gap", {"count": 2}),
    ("http", {"status": 503, "lasting": "5s"}),
)  # fmt: skip
MB = 1 << 20


class Stop(threading.Event):
    """What the app asks while it starts."""


def main(argv: list[str] | None = None) -> int:
    """Runs for so many minutes; returns 0."""
    options = argparse.ArgumentParser(prog="soak", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--minutes", type=float, default=40.0)
    options.add_argument("--every", type=float, default=60.0, help="seconds between two lines")
    options.add_argument("--speed", type=float, default=1.0, help="of the exchanges: what has a limit fills sooner")
    options.add_argument("--trace", action="store_true")
    asked = options.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        yard = Yard(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(yard.close)
        flags = [flag for pair in PAIRS for flag in ("--pair", pair)]
        simulator = yard.simulator("--venues", ",".join(VENUES), "--speed", str(asked.speed), *flags)
        app = App(read(["--config", str(simulator.config), "--port", "0"], "soak"))
        stack.callback(app.stop)
        app.start(Stop())
        clients = yard.process("-m", "tests.e2e.soak_clients", str(app.server.port), name="clients")
        for line in watch(app, simulator, clients, asked.minutes * 60, asked.every, asked.trace):
            print(line, flush=True)
    return 0


def watch(app: App, simulator: Simulator, clients: Process, seconds: float, every: float, trace: bool) -> Any:
    """Lines of what the process holds, while faults are injected."""
    began, faults, middle = time.monotonic(), 0, None
    chosen = random.Random(7)
    for number in itertools.count(1):
        until = began + number * every
        while time.monotonic() < min(until, began + seconds):
            kind, keys = chosen.choice(FAULTS)
            with contextlib.suppress(AssertionError):  # A fault that this venue does not have.
                simulator.fault(chosen.choice(VENUES), kind, **keys)
                faults += 1
            time.sleep(chosen.uniform(1.0, 8.0))
        assert clients.running, clients.errors()[-2000:]
        yield f"{(time.monotonic() - began) / 60:5.1f} min {held(app)} faults {faults}"
        if trace and middle is None and time.monotonic() - began > seconds / 2:
            tracemalloc.start(1)
            middle = time.monotonic()
        if time.monotonic() - began >= seconds:
            break
    if trace:
        gc.collect()
        found = tracemalloc.take_snapshot().statistics("lineno")[:40]
        yield from (f"{stat.size / 1024:8.0f} KiB {stat.count:7} {stat.traceback}" for stat in found)


def held(app: App) -> str:
    """Memory, threads, descriptors, and what is kept for clients."""
    process = psutil.Process()
    return (
        f"rss {process.memory_info().rss / MB:6.1f} MB, threads {process.num_threads()}, fds {process.num_fds()}, "
        f"streams {len(app.streams)}, topics {len(app.dispatcher.topics)}, objects {len(gc.get_objects())}"
    )


if __name__ == "__main__":
    sys.exit(main())
