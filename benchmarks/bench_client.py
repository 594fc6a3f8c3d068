"""onebook.client beside a default stub: how old data gets when the reader is slow, and messages a second else.

    python -m benchmarks.bench_client [--quick] [--seconds S] [--repetitions N]

The slow readers take 100 messages a second of 200; both run at the same time on one server. The fast ones take turns
with a server of plain sockets that is never the bottleneck. Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from benchmarks import harness, load, machine, python_process

RATE = 200
PAUSE = 0.01
AGE_GOAL_MS = 500.0
SPEED_GOAL = 1.5
SLOW = ("default stub", "onebook raw")
FAST = ("default stub", "onebook raw", "onebook float", "onebook Decimal")


def start(name: str, port: int, seconds: float, pause: float) -> python_process.Started:
    """A client process."""
    return python_process.start(["benchmarks.client_peers", name, str(port), str(seconds), str(pause)])


def outcome(process: python_process.Started) -> dict[str, Any]:
    """What it printed. Raises RuntimeError when it failed."""
    seen: dict[str, Any] = json.loads(python_process.outcome(process))
    return seen


def slow(seconds: float) -> dict[str, dict[str, Any]]:
    """Half-speed readers side by side."""
    with load.Server(load.python_server("onebook", RATE)) as server:
        processes = {name: start(name, server.port, seconds, PAUSE) for name in SLOW}
        return {name: outcome(process) for name, process in processes.items()}


def fast(seconds: float, repetitions: int) -> dict[str, list[float]]:
    """Messages a second of each client, in turns."""
    rates: dict[str, list[float]] = {name: [] for name in FAST}
    with ExitStack() as stack:
        server = stack.enter_context(
            load.LineProcess([sys.executable, "-m", "benchmarks.blaster"], machine.SERVER_CORE)
        )
        port = int(server.hear())
        for _ in range(repetitions):
            for name in FAST:
                seen = outcome(start(name, port, seconds, 0.0))
                rates[name].append(seen["messages"] / seen["seconds"])
    return rates


def print_slow(seen: dict[str, dict[str, Any]]) -> None:
    rows = []
    for name, of_client in seen.items():
        ages: Sequence[float] = of_client["ages"]
        rate = of_client["messages"] / of_client["seconds"]
        rows.append((name, f"{rate:.0f}", *(f"{age:.0f}" for age in (median(ages), max(ages), ages[-1]))))
    harness.print_table(("reader at half speed", "msg/s", "median age ms", "worst", "at the end"), rows)
    worst = max(seen["onebook raw"]["ages"])
    verdict = "reached" if worst <= AGE_GOAL_MS else "MISSED"
    print(f"goal: never more than {AGE_GOAL_MS:.0f} ms behind: {worst:.0f} ms, {verdict}\n")


def print_fast(rates: dict[str, list[float]]) -> None:
    base = rates["default stub"]
    ratios = {name: median(ours / stub for ours, stub in zip(of, base, strict=True)) for name, of in rates.items()}
    rows = [(name, f"{median(of_client):.0f}", f"{ratios[name]:.2f}") for name, of_client in rates.items()]
    harness.print_table(("reader at full speed, one core", "msg/s", "x default stub"), rows)
    reached = ratios["onebook raw"]
    verdict = "reached" if reached >= SPEED_GOAL else "MISSED"
    print(f"goal: protobuf messages at least {SPEED_GOAL} x the default stub: {reached:.2f} x, {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="half a second of slow reading, and 0.2 s of fast")
    parser.add_argument("--seconds", type=float, help="of slow reading (20)")
    parser.add_argument("--repetitions", type=int, help="of fast reading (5)")
    options = parser.parse_args()
    seconds = options.seconds or (0.5 if options.quick else 20.0)
    repetitions = options.repetitions or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head(
        f"Python clients: half of {RATE} messages/s for {seconds:g} s, then full speed", ("grpcio", "protobuf")
    )
    print_slow(slow(seconds))
    print_fast(fast(0.2 if options.quick else 2.0, repetitions))


if __name__ == "__main__":
    main()
