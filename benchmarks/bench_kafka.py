"""Records into Kafka: processor time per record and records per second, beside other Python clients of Kafka.

    python -m benchmarks.bench_kafka [--quick] [--rounds N] [--records N]

The same values of 1.2 kB go to the same broker, librdkafka's mock cluster in a process of its own. The cost is that of
the whole sending process, with the threads of its client; the broker shares the machine, so that records per second
say less. Every record is acknowledged (acks=all). Peers that are not installed are left out: aiokafka, kafka-python-ng.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks import harness
from server.kafka.client import Client
from server.kafka.contract import TRADE
from server.kafka.directory import Directory
from server.kafka.pump import Pump
from server.kafka.record import Record
from server.kafka.settings import KafkaSettings
from server.kafka.stream import EVENT_WINDOW, KafkaStream, Route
from server.publish.channel import Overflow
from server.publish.event_buffer import EventBuffer
from tests.kafka.mock_cluster import MockCluster, mock_cluster

PARTITIONS, PAIRS = 12, 60
VALUES = [bytes([65 + number % 26]) * 1200 for number in range(PAIRS)]
KEYS = [f"A{number}/USDT|sim".encode() for number in range(PAIRS)]
AT_ONCE = 64
"""Records published between two looks at what has arrived."""


class Cost(NamedTuple):
    """Of one record."""

    processor: float
    """Seconds."""
    wall: float


def timed(count: int, body: Callable[[], None]) -> Cost:
    used, began = time.process_time(), time.perf_counter()
    body()
    return Cost((time.process_time() - used) / count, (time.perf_counter() - began) / count)


def through_the_pump(cluster: MockCluster, count: int) -> Cost:
    """onebook: events of 60 markets, from their buffers to the acknowledgement."""
    settings = KafkaSettings(cluster.bootstrap, create=False)
    pump = Pump(lambda: Client(settings), Directory({"bench": {}}, create=False))
    sources = [EventBuffer(4096, lambda payload, _: payload) for _ in range(PAIRS)]
    for number, source in enumerate(sources):
        opened, key = (source, Overflow.DROP_OLDEST), KEYS[number]

        def record(payload: bytes, key: bytes = key) -> Record:
            return Record(key, payload)

        def begin(_last: bytes, opened: tuple[EventBuffer, Overflow] = opened) -> tuple[EventBuffer, Overflow]:
            return opened

        route = Route(TRADE, "bench", f"A{number}/USDT", EVENT_WINDOW, begin, record)
        KafkaStream(route, pump).open()
    pump.start()
    sources[0].publish(VALUES[0], 0)
    wait(lambda: pump.counters.acknowledged["trade"] == 1)

    def send() -> None:
        for number in range(count):
            sources[number % PAIRS].publish(VALUES[number % PAIRS], 0)
            if number % AT_ONCE == 0:
                wait(lambda: pump.waiting < EVENT_WINDOW * PAIRS // 2)
        wait(lambda: pump.counters.acknowledged["trade"] == count + 1)

    cost = timed(count, send)
    pump.stop(5.0)
    return cost


def client_alone(cluster: MockCluster, count: int) -> Cost:
    """onebook's client without its streams."""
    client, arrived = Client(KafkaSettings(cluster.bootstrap)), list[Any]()
    first = client.partitions()["bench"]

    def send() -> None:
        for number in range(count):
            at = number % PAIRS
            while not client.produce("bench", at % first, KEYS[at], VALUES[at], b"", arrived.append):
                client.poll(0.01)
            if number % AT_ONCE == 0:
                client.poll(0)
        while len(arrived) < count:
            client.poll(0.1)

    cost = timed(count, send)
    client.close()
    return cost


def aiokafka(cluster: MockCluster, count: int) -> Cost:
    module: Any = importlib.import_module("aiokafka")

    async def run() -> Cost:
        producer = module.AIOKafkaProducer(
            bootstrap_servers=cluster.bootstrap, acks="all", enable_idempotence=True, linger_ms=5
        )
        await producer.start()
        used, began, waiting = time.process_time(), time.perf_counter(), []
        for number in range(count):
            at = number % PAIRS
            waiting.append(await producer.send("bench", VALUES[at], key=KEYS[at], partition=at % PARTITIONS))
            if len(waiting) > 10_000:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
        cost = Cost((time.process_time() - used) / count, (time.perf_counter() - began) / count)
        await producer.stop()
        return cost

    return asyncio.run(run())


def kafka_python(cluster: MockCluster, count: int) -> Cost:
    module: Any = importlib.import_module("kafka")
    producer = module.KafkaProducer(bootstrap_servers=cluster.bootstrap, acks="all", linger_ms=5, api_version=(2, 0))

    def send() -> None:
        for number in range(count):
            at = number % PAIRS
            producer.send("bench", VALUES[at], key=KEYS[at], partition=at % PARTITIONS)
        producer.flush(120)

    cost = timed(count, send)
    producer.close()
    return cost


def wait(look: Callable[[], bool]) -> None:
    while not look():
        time.sleep(0.0005)


CANDIDATES: dict[str, Callable[[MockCluster, int], Cost]] = {
    "onebook, from a stream": through_the_pump,
    "onebook's client alone": client_alone,
    "aiokafka": aiokafka,
    "kafka-python-ng": kafka_python,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round of few records")
    parser.add_argument("--rounds", type=int, help="(3)")
    parser.add_argument("--records", type=int, help="(30,000)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    count = options.records or (2_000 if options.quick else 30_000)
    harness.print_head("Values of 1.2 kB into 12 partitions of a mock cluster.")
    best: dict[str, Cost] = {}
    for _ in range(rounds):
        for name, run in CANDIDATES.items():
            with mock_cluster(1) as cluster:
                cluster.create("bench", PARTITIONS)
                try:
                    cost = run(cluster, count)
                except ImportError:
                    continue
            best[name] = min(best.get(name, cost), cost)
    ours = best["onebook, from a stream"].processor
    rows = [
        (name, f"{cost.processor * 1e6:.1f}", f"{cost.processor / ours:.1f}", f"{1 / cost.wall:,.0f}")
        for name, cost in best.items()
    ]
    harness.print_table(("client", "µs of processor per record", "times ours", "records/s"), rows)


if __name__ == "__main__":
    main()
