"""Serving processes: 100 streams of one book from 0, 1 and 2 of them and from grpcio: rate, cost of each side, latency.

    python -m benchmarks.bench_processes [--quick] [--seconds S] [--repetitions N]

The servers take turns and the median repetition counts. The client, a C++ reader, has a core of its own; the server has
the other one, or, spread, all cores, of which one is the client's too. Needs Linux and g++.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from benchmarks import harness, load, machine
from benchmarks.bench_fanout import Peer, compare, middle
from server.transport.native import AVAILABLE

STREAMS = 100
LOADS = {"paced": 100, "saturated": 4000}
"""Changes a second."""
NOTES = """\
  grpcio       onebook on grpcio
  thread       onebook native: its HTTP/2 engine as a thread of the server (--serve-processes 0)
  N processes  the same engine in N processes (--serve-processes N)
server us/msg is processor time of the process that has feeds, books and Python; of serving processes beside it, us/msg
"""


def peers(spread: bool) -> list[Peer]:
    names = {"grpcio": "onebook"}
    if AVAILABLE:
        names |= {"thread": "onebook-native", "1 process": "onebook-native-1", "2 processes": "onebook-native-2"}
    return [Peer(label, partial(load.python_server, name, spread=spread)) for label, name in names.items()]


def print_samples(samples: dict[str, list[load.Sample]]) -> None:
    rows = []
    for name, found in samples.items():
        own = middle(found, lambda sample: sample.cpu_us - sample.helpers_us)
        busy = middle(found, lambda sample: (sample.cpu_us - sample.helpers_us) * sample.rate / 1e4)
        rows.append(
            (
                name,
                f"{middle(found, lambda sample: sample.offered):.0f}",
                f"{middle(found, lambda sample: sample.rate):.0f}",
                f"{own:.2f}",
                f"{busy:.0f} %",
                f"{middle(found, lambda sample: sample.helpers_us):.2f}",
                f"{middle(found, lambda sample: sample.p50):.2f}",
                f"{middle(found, lambda sample: sample.p99):.2f}",
                sum(sample.disordered + sample.ended + sample.closed for sample in found),
            )
        )
    head = (
        "served by",
        "changes/s",
        "msg/s",
        "server us/msg",
        "of a core",
        "processes us/msg",
        "p50 ms",
        "p99",
        "errors",
    )
    harness.print_table(head, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short repetition, paced, on one core")
    parser.add_argument("--seconds", type=float, help="of each measurement (3)")
    parser.add_argument("--repetitions", type=int, help="(5)")
    options = parser.parse_args(arguments)
    options.seconds = options.seconds or (0.2 if options.quick else 3.0)
    options.repetitions = options.repetitions or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head("Serving processes", ("grpcio", "protobuf"))
    print(NOTES)
    for spread in (False,) if options.quick else (False, True):
        for label, rate in list(LOADS.items())[: 1 if options.quick else None]:
            print(f"{STREAMS} streams, {label}: {rate} changes/s, server on {'all cores' if spread else 'one core'}")
            print_samples(compare(peers(spread), STREAMS, rate, options))


if __name__ == "__main__":
    main()
