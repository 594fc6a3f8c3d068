"""Hostile clients: what eleven floods of HTTP/2 leave to others, and what they cost the server.

    python -m benchmarks.bench_hostile [--quick] [--seconds S] [--floods NAME ...]

20 streams read a book that changes 100 times per second; beside them two attackers send one kind of frames as fast as
they can, on what the readers leave of the clients' core, and connect anew whenever they are cut. Memory is that of the
server's process, from before the flood to its end. The C++ peer needs libgrpc++-dev, and is left out without it. Needs
Linux and g++.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import harness, load, machine
from benchmarks.attacker import FLOODS
from benchmarks.bench_fanout import peers
from server.transport.native import AVAILABLE

LIVE, RATE, ATTACKERS = 20, 100, 2
KEPT_GOAL, MEMORY_GOAL_MB = 0.9, 1.0
OURS = "onebook native"
NAMES = ("onebook", OURS, "C++")


@dataclass(frozen=True)
class Outcome:
    """One server under one flood."""

    sample: load.Sample
    kept: float
    """Part of what was offered that the live streams got."""
    core: float
    """Part of a core that the server took."""


def attacked(command: Callable[[float], Sequence[str]], flood: str | None, seconds: float) -> Outcome:
    """The live streams beside attackers on a fresh server."""
    with load.Server(command(RATE)) as server, ExitStack() as stack:
        attackers = []
        for _ in range(ATTACKERS if flood else 0):
            line = [sys.executable, "-m", "benchmarks.attacker", str(flood), str(server.port), str(seconds)]
            attackers.append(stack.enter_context(load.LineProcess(line, machine.CLIENT_CORE)))
        for attacker in attackers:
            attacker.hear()

        def attack() -> None:
            time.sleep(load.WARM_UP)
            for attacker in attackers:
                attacker.say("go")

        starter = threading.Thread(target=attack)
        starter.start()
        sample = load.measure(server, LIVE, seconds)
        starter.join()
        for attacker in attackers:
            attacker.hear()
    messages = sample.rate * seconds
    return Outcome(sample, sample.rate / (sample.offered * LIVE), sample.cpu_us * messages / 1e6 / seconds)


def row(name: str, outcome: Outcome) -> tuple[str, ...]:
    sample = outcome.sample
    return (
        name, f"{outcome.kept:.1%}", f"{sample.least:.0f}", f"{sample.p50:.2f}", f"{sample.p99:.1f}",
        f"{outcome.core:.0%}", f"{sample.growth:+.1f}",
    )  # fmt: skip


def print_goals(ours: dict[str, Outcome]) -> None:
    kept = min(ours.items(), key=lambda item: item[1].kept)
    grown = max(ours.items(), key=lambda item: item[1].sample.growth)
    for words, reached, (flood, _outcome), figure in (
        ("live streams keep 90 %", kept[1].kept >= KEPT_GOAL, kept, f"{kept[1].kept:.1%}"),
        ("memory grows by 1 MB", grown[1].sample.growth <= MEMORY_GOAL_MB, grown, f"{grown[1].sample.growth:+.1f} MB"),
    ):
        print(f"goal: {words}: {figure} at the worst ({flood}), {'reached' if reached else 'MISSED'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a short run of two floods, to see that it works")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one flood (default: 3)")
    parser.add_argument("--floods", nargs="+", choices=sorted(FLOODS), help="which of them (default: all)")
    options = parser.parse_args()
    seconds = 0.5 if options.quick else options.seconds
    floods = options.floods or (["ping", "connects"] if options.quick else list(FLOODS))
    machine.linux_only()
    machine.print_head("Hostile clients beside 20 live streams", ("grpcio",))
    compared = [peer for peer in peers() if peer.name in NAMES]
    ours: dict[str, Outcome] = {}
    head = ("", "kept", "worst stream/s", "p50 ms", "p99", "server core", "MB")
    for flood in [None, *floods]:
        print(flood or "nobody attacks")
        outcomes = {peer.name: attacked(peer.command, flood, seconds) for peer in compared}
        harness.print_table(head, [row(name, outcome) for name, outcome in outcomes.items()])
        if flood is not None and OURS in outcomes:
            ours[flood] = outcomes[OURS]
    if AVAILABLE and ours:
        print_goals(ours)


if __name__ == "__main__":
    main()
