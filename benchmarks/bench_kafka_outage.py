"""Brokers away: what readers of a server with Kafka are sent, beside a server without; memory, and what was dropped.

    python -m benchmarks.bench_kafka_outage [--quick] [--seconds N]

Two servers read the same simulated exchange, one of them with Kafka (a mock cluster). The brokers go away for some
minutes and come back. Latency: the arrivals of the same trades and of the same states of a book from both servers, at
one process; if the outage cost the server with Kafka anything, its arrivals would be later. Count: the trades that
clients were sent and that are not in the topic must be as many as its records say were dropped. There is no history:
with one nothing is dropped.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import harness
from benchmarks.bench_edge import Arrivals
from onebook.v1.market_data_pb2 import StreamTradesResponse
from tests.e2e.processes import Server, Yard
from tests.kafka.mock_cluster import MockCluster, mock_cluster
from tests.kafka.reading import Seen, read
from tests.waiting import eventually

TOPIC = "md.trade.v1"


class Outage(NamedTuple):
    """One run."""

    later: dict[str, dict[str, list[float]]]
    """By part of the run and kind: milliseconds by which the server with Kafka is later."""
    memory: tuple[float, float]
    """MB of the server with Kafka, when the outage began and when it ended."""
    missing: int
    """Trades that clients were sent and that are not in the topic."""
    dropped: int
    """Trades that the topic's records say were dropped."""
    sent: int


def run(seconds: float, warm: float) -> Outage:
    """An outage of so many seconds, with `warm` seconds before it and after it."""
    with tempfile.TemporaryDirectory() as folder, mock_cluster() as cluster:
        for name in ("book", "trade", "candle", "stat", "quality", "ref"):
            cluster.create(f"md.{name}.v1", 4)
        yard = Yard(Path(folder))
        try:
            return _run(yard, cluster, seconds, warm)
        finally:
            yard.close()


def _run(yard: Yard, cluster: MockCluster, seconds: float, warm: float) -> Outage:
    simulator = yard.simulator("--venues", "binance", "--rate", "50")
    without = yard.serve(simulator, name="without")
    server = yard.serve(simulator, "--kafka", cluster.bootstrap, name="with")
    ways = [Arrivals(each) for each in (without, server)]
    eventually(lambda: all(way.trades and way.books for way in ways), "trades and books of both")
    moments = [time.monotonic_ns()]
    time.sleep(warm)
    moments.append(time.monotonic_ns())
    began = memory(server)
    cluster.down()
    time.sleep(seconds)
    ended = memory(server)
    moments.append(time.monotonic_ns())
    cluster.up()
    time.sleep(warm)
    newest = list(ways[1].trades)[-1]
    found = read(cluster.bootstrap, [TOPIC], lambda seen: any(_id(each) == newest for each in seen[-50:]), 60)
    in_topic = {_id(each) for each in found}
    sent = [key for key, at in list(ways[1].trades.items()) if key[1] and at <= ways[1].trades[newest]]
    dropped = sum(StreamTradesResponse.FromString(each.value or b"").trade.dropped for each in found)
    for way in ways:
        way.close()
    return Outage(
        {name: _later(ways, *moments[at : at + 2]) for at, name in enumerate(("before", "away"))},
        (began, ended), len(set(sent) - in_topic), dropped, len(sent),
    )  # fmt: skip


def _later(ways: list[Arrivals], begin: int, end: int) -> dict[str, list[float]]:
    found = {}
    for name in ("trades", "books"):
        first, second = (dict(getattr(way, name)) for way in ways)
        found[name] = [
            (second[key] - first[key]) / 1e6 for key, at in first.items() if key in second and begin < at < end
        ]
    return found


def _id(seen: Seen) -> tuple[str, str]:
    trade = StreamTradesResponse.FromString(seen.value or b"").trade
    return trade.venue, trade.trade_id


def memory(server: Server) -> float:
    """Resident MB."""
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1e3
    raise OSError("the process has no memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="an outage of 2 s")
    parser.add_argument("--seconds", type=float, help="of the outage (300)")
    options = parser.parse_args()
    seconds = options.seconds or (2.0 if options.quick else 300.0)
    harness.print_head(f"Brokers away for {seconds:.0f} s; 50 trades per second, no history.")
    found = run(seconds, 1.0 if options.quick else 5.0)
    table = []
    for part, kinds in found.later.items():
        for kind, values in kinds.items():
            ordered = sorted(values)
            points = [f"{ordered[int((len(ordered) - 1) * share)]:+.2f}" for share in (0.5, 0.9, 0.99)]
            table.append((part, kind, f"{len(ordered):,}", *points))
    harness.print_table(("brokers", "with Kafka, later by ms", "pairs", "median", "90 %", "99 %"), table)
    print()
    rows = [
        ("MB when the outage began", f"{found.memory[0]:.1f}"),
        ("MB when the outage ended", f"{found.memory[1]:.1f}"),
        ("trades sent to clients", f"{found.sent:,}"),
        ("of these not in the topic", f"{found.missing:,}"),
        ("dropped, as the topic's records say", f"{found.dropped:,}"),
    ]
    harness.print_table(("what", "figure"), rows)


if __name__ == "__main__":
    main()
