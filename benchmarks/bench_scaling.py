"""Capacity on paper, computed: shards, records, cores and memory for many venues and pairs, and what an outage costs.

    python -m benchmarks.bench_scaling [--quick] [--venues N] [--pairs N] [--frames N] [--shards N]

Nothing is measured here. Activity is spread over the streams by Zipf's law; the unit costs are figures of docs/ and
name their benchmark. The shard map is the code that ingesters use.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import harness
from server.shard import shard_number


@dataclass(frozen=True)
class Cost:
    """A unit cost, and where it was measured."""

    value: float
    source: str


FRAME = Cost(27e-6, "bench_venues, 10 markets: seconds of a whole server per frame, trades and analytics included")
RECORD = Cost(15e-6, "bench_kafka: seconds from a stream to the acknowledgement")
BOOK_MEMORY = Cost(0.5e6, "bench_venues, 100 markets: bytes of the process per book")
BOOK_BYTES = Cost(2_900, "md.book.v1 of 100 levels per side: bytes of key and value before compression")
TRADE_BYTES = Cost(120, "md.trade.v1: bytes of key and value before compression")
CANDLE_BYTES = Cost(400, "md.candle.v1: bytes of key and value before compression, of a venue's candle")
EDGE = Cost(25e-6, "bench_edge: seconds of an edge per state of 100 levels per side")
MESSAGE = Cost(16e-6, "bench_fanout, 500 paced streams: seconds of the engine per message sent")
ROW = Cost(1 / 130_000, "bench_history: seconds of the writer per trade")
ROW_BYTES = Cost(81, "bench_history: bytes of a trade in a day file")
PARTITIONS, BROKERS, REPLICATION = 64, 5, 3
"""Of each topic; of the cluster; copies of each partition."""
LOAD = 0.5
"""Part of a core that a process is planned to use."""
PACE = 10.0
"""States of one key per second, at most (kafka_interval_ms = 100)."""
HEARTBEAT = 1 / 5
"""States per second of a key that is quiet."""
CANDLES = 1 + 1 / 60 + 1 / 300 + 1 / 900 + 1 / 3600 + 1 / 14_400 + 1 / 86_400
"""Candles of one key per second: each of the default lengths has one, also where there were no trades."""
TRADE_SHARE = 0.15
"""Trades per frame, as in the recorded sessions of many pairs."""


@dataclass(frozen=True)
class World:
    """What there is to read."""

    venues: int
    pairs: int
    frames: float

    def rates(self) -> list[tuple[str, float]]:
        """Market and frames per second of every stream, by Zipf's law over the pairs; equal over the venues."""
        weights = [1 / rank for rank in range(1, self.pairs + 1)]
        whole = sum(weights)
        return [
            (f"PAIR{rank}/USDT", self.frames * weight / whole / self.venues)
            for rank, weight in enumerate(weights, 1)
            for _ in range(self.venues)
        ]


def records_of(rate: float) -> float:
    """States per second of one key: conflated, and with heartbeats."""
    return max(HEARTBEAT, min(PACE, rate))


def shard_loads(rates: Sequence[tuple[str, float]], shards: int, without: int = 0) -> dict[int, float]:
    """Frames per second of each shard; the markets of `without` are read by nobody."""
    numbers = {market: shard_number(market, shards) for market, _ in rates}
    loads = dict.fromkeys(range(1, shards + 1), 0.0)
    for market, rate in rates:
        if numbers[market] != without:
            loads[numbers[market]] += rate
    return loads


def moved(markets: Sequence[str], before: int, after: int) -> float:
    """The part of the markets that change their shard."""
    return sum(shard_number(name, before) != shard_number(name, after) for name in markets) / len(markets)


def broken(partitions: int, brokers: int, gone: int) -> tuple[str, str, str]:
    """At the worst choice of brokers that are gone: the part of the partitions whose leader moves, that lack the two
    copies that a record needs (min.insync.replicas), and that have no copy. Replicas lie on neighbours, as Kafka puts
    them."""
    replicas = [{(number + step) % brokers for step in range(REPLICATION)} for number in range(partitions)]
    leaders = [number % brokers for number in range(partitions)]
    worst = (0, 0, 0)
    for chosen in map(set, itertools.combinations(range(brokers), gone)):
        moved_away = sum(leader in chosen for leader in leaders)
        stopped, lost = (sum(len(each - chosen) < least for each in replicas) for least in (2, 1))
        worst = max(worst, (lost, stopped, moved_away))
    parts = [f"{count / partitions:.0%}" for count in reversed(worst)]
    return parts[0], parts[1], parts[2]


def capacity(world: World, shards: int) -> None:
    rates = world.rates()
    loads = shard_loads(rates, shards)
    states = sum(records_of(rate) for _, rate in rates)
    trades = world.frames * TRADE_SHARE
    candles = (world.venues + 1) * world.pairs * CANDLES
    out_bytes = states * BOOK_BYTES.value + trades * TRADE_BYTES.value + candles * CANDLE_BYTES.value
    ingest = world.frames * FRAME.value
    publish = (states + trades + candles) * RECORD.value
    harness.print_table(
        ("what", "figure", "from"),
        [
            ("streams", f"{len(rates):,}", f"{world.venues} venues x {world.pairs:,} pairs"),
            ("cores of reading", f"{ingest:.1f}", FRAME.source),
            ("cores of publishing", f"{publish:.1f}", RECORD.source),
            ("processes at half load", f"{(ingest + publish) / LOAD:.0f}", f"planned: {shards} shards"),
            ("busiest shard, cores", f"{max(loads.values()) * (ingest + publish) / world.frames:.2f}", "the shard map"),
            (
                "quietest shard, cores",
                f"{min(loads.values()) * (ingest + publish) / world.frames:.2f}",
                "the shard map",
            ),
            ("memory of all books, GB", f"{len(rates) * BOOK_MEMORY.value / 1e9:.0f}", BOOK_MEMORY.source),
            ("states/s into Kafka", f"{states:,.0f}", f"at most {PACE:.0f}/s per key, heartbeats included"),
            ("trades/s into Kafka", f"{trades:,.0f}", f"{TRADE_SHARE} per frame"),
            ("candles/s into Kafka", f"{candles:,.0f}", "the default lengths, of every venue and of all together"),
            ("MB/s into Kafka", f"{out_bytes / 1e6:.0f}", f"{BOOK_BYTES.source}; lz4 about halves it"),
            ("MB/s written by brokers", f"{3 * out_bytes / 1e6:.0f}", "replication 3"),
            ("cores of all edges together", f"{states * EDGE.value:.1f}", EDGE.source),
            ("cores of an edge with 1,000 streams", f"{1000 * PACE * MESSAGE.value:.2f}", MESSAGE.source),
            ("cores of one history of all trades", f"{trades * ROW.value:.2f}", ROW.source),
            ("GB of trades per day", f"{trades * ROW_BYTES.value * 86400 / 1e9:.0f}", ROW_BYTES.source),
        ],
    )


def outages(world: World, shards: int) -> None:
    rates = world.rates()
    markets = list(dict.fromkeys(market for market, _ in rates))
    whole = sum(rate for _, rate in rates)
    rows = []
    for number in range(1, shards + 1):
        left = sum(shard_loads(rates, shards, number).values())
        names = sum(shard_number(name, shards) == number for name in markets)
        rows.append((f"shard {number}", f"{names:,}", f"{names / len(markets):.1%}", f"{1 - left / whole:.1%}"))
    rows.sort(key=lambda row: float(row[3].rstrip("%")))
    harness.print_table(
        ("without", "markets that nobody reads", "of all", "of all frames"), [rows[0], rows[len(rows) // 2], rows[-1]]
    )
    harness.print_table(
        ("brokers gone", "partitions with another leader", "that take no records", "that are gone"),
        [(gone, *broken(PARTITIONS, BROKERS, gone)) for gone in range(1, BROKERS + 1)],
    )
    changes = [(shards, shards + 1), (shards, shards - 1), (shards, 2 * shards)]
    harness.print_table(
        ("shards before", "after", "markets that move"),
        [(before, after, f"{moved(markets, before, after):.1%}") for before, after in changes if after > 0],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few pairs")
    parser.add_argument("--venues", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--pairs", type=int, help="(2,000)")
    parser.add_argument("--frames", type=float, default=300_000, help="per second, of all streams (%(default)s)")
    parser.add_argument("--shards", type=int, default=20, help="(%(default)s)")
    options = parser.parse_args()
    pairs = options.pairs or (200 if options.quick else 2000)
    world = World(options.venues, pairs, options.frames)
    harness.print_head(f"{options.venues} venues x {pairs:,} pairs, {options.frames:,.0f} frames/s, computed.")
    capacity(world, options.shards)
    outages(world, options.shards)


if __name__ == "__main__":
    main()
