"""The port of HTTP: what its streams cost, what they cost the streams of gRPC, and 1,000 of them.

    python -m benchmarks.bench_http [--quick] [--seconds S] [--repetitions N]

The server has one core, the clients the other. Readers of gRPC are measured with and without readers of HTTP beside
them, in turn, on the same server. The cost of a message is the processor of the whole server while it is read, less
that of the same server without readers. Needs Linux and g++.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks import harness, load, machine
from server.delays import SHORT

GRPC_READERS, EVENT_READERS, RATE = 10, 40, 100
P99_GOAL = 1.5
LEVELS = (10, 100)
READERS = {1: 100, 10: 100, 100: 10}
"""Changes per second by readers: the server can send all of them to all readers."""
KINDS = ("events", "canonical", "websocket")
MANY, MANY_RATE = 1_000, 2
SETTLED = 0.5


class Server(load.Server):
    """A server with both ports."""

    def __init__(self, rate: float, kind: str = "thread") -> None:
        command = [sys.executable, "-m", "benchmarks.http_peer", str(rate), kind]
        load.LineProcess.__init__(self, command, machine.SERVER_CORE)
        ports = json.loads(self.hear())
        self.port: int = ports["grpc"]
        self.http: int = ports["http"]
        self.worker: int = ports["worker"]
        """The process of HTTP; 0: a thread serves."""

    def delays(self) -> list[int]:
        """How many messages over HTTP had which delay, by the buckets of server/delays.py."""
        self.say("")
        found: list[int] = json.loads(self.hear())["delays"]
        return found

    def still(self) -> None:
        """Nothing changes any more."""
        self.say("still")
        self.hear()


class Readers(load.LineProcess):
    """Readers of HTTP, when each has read a message."""

    def __init__(self, server: Server, kind: str, count: int, levels: int, kinds: int = 1) -> None:
        numbers = map(str, (server.http, kind, count, levels, kinds))
        super().__init__([sys.executable, "-m", "benchmarks.http_readers", *numbers], machine.CLIENT_CORE)
        self.hear()

    def seen(self) -> Any:
        """What was read since the last question."""
        self.say("")
        return json.loads(self.hear())


# -- beside gRPC


@contextmanager
def beside(server: Server, count: int, levels: int) -> Iterator[None]:
    """With readers of events, or without."""
    if not count:
        yield
        return
    with Readers(server, "events", count, levels):
        yield


def compare(options: argparse.Namespace) -> None:
    """gRPC with and without readers of events, in turn."""
    print(f"{GRPC_READERS} streams of gRPC, {RATE} changes/s, with and without {EVENT_READERS} readers of events")
    rows, ratios = [], {}
    for levels in LEVELS:
        samples: dict[int, list[load.Sample]] = {0: [], EVENT_READERS: []}
        with Server(RATE) as server:
            for _ in range(options.repetitions):
                for count, found in samples.items():
                    with beside(server, count, levels):
                        found.append(load.measure(server, GRPC_READERS, options.seconds))
        for count, found in samples.items():
            p50, p99 = (median(getattr(sample, name) for sample in found) for name in ("p50", "p99"))
            rate = median(sample.rate for sample in found) / GRPC_READERS
            rows.append((f"{count} readers of events of {levels} levels", f"{rate:.1f}", f"{p50:.2f}", f"{p99:.2f}"))
        pairs = zip(samples[EVENT_READERS], samples[0], strict=True)
        ratios[levels] = median(having.p99 / without.p99 for having, without in pairs)
    harness.print_table(("beside", "msg/s per stream of gRPC", "p50 ms", "p99"), rows)
    for levels, ratio in ratios.items():
        verdict = "reached" if ratio <= P99_GOAL else "MISSED"
        words = f"p99 of gRPC beside {EVENT_READERS} readers of events of {levels} levels"
        print(f"goal: {words}: at most {P99_GOAL} x: {ratio:.2f} x, {verdict}")
    print()


# -- in a thread or in a process


def below(counts: list[int], part: float) -> float:
    """Milliseconds that this part of the delays does not exceed: the bound of a bucket."""
    wanted, seen = part * sum(counts), 0
    for bound, more in zip((*SHORT, float("inf")), counts, strict=True):
        seen += more
        if seen >= wanted:
            return bound * 1e3
    return float("inf")


def apart(options: argparse.Namespace) -> None:
    """gRPC, HTTP and the server's process, with HTTP in its thread and in a process of its own, in turn."""
    print(f"{GRPC_READERS} streams of gRPC, {RATE} changes/s, beside {EVENT_READERS} readers of events of 10 levels")
    found: dict[str, list[tuple[float, ...]]] = {"thread": [], "process": []}
    for _ in range(options.repetitions):
        for kind, taken in found.items():
            with Server(RATE, kind) as server:
                alone, _ = cost(server, options.seconds, None)
                with Readers(server, "events", EVENT_READERS, 10) as readers:
                    before = server.delays()
                    worker = machine.cpu_seconds(server.worker) if server.worker else 0.0
                    began = time.monotonic()
                    used, seen = cost(server, options.seconds, readers)
                    worker = machine.cpu_seconds(server.worker) - worker if server.worker else 0.0
                    worker /= time.monotonic() - began
                    time.sleep(SETTLED)  # The process tells its counts twice per second.
                    delays = [now - then for now, then in zip(server.delays(), before, strict=True)]
                    sample = load.measure(server, GRPC_READERS, options.seconds)
            own = (used - alone) / max(1, seen["messages"]) * 1e6
            other = worker / max(1, seen["messages"]) * 1e6
            rate = seen["messages"] / EVENT_READERS
            taken.append((sample.p50, sample.p99, own, other, below(delays, 0.5), below(delays, 0.99), rate))
    rows = [
        (kind, *(f"{median(column):.2f}" for column in zip(*samples, strict=True))) for kind, samples in found.items()
    ]
    head = (
        "HTTP in a", "gRPC p50 ms", "p99", "server us/msg", "process us/msg", "HTTP p50 to", "p99 to", "msg/s"
    )  # fmt: skip
    harness.print_table(head, rows)
    print()


# -- per message


def cost(server: Server, seconds: float, readers: Readers | None) -> tuple[float, Any]:
    """Processor seconds per second of the server, and what was read meanwhile."""
    time.sleep(min(SETTLED, seconds))
    if readers is not None:
        readers.seen()
    cpu, began = machine.cpu_seconds(server.pid), time.monotonic()
    time.sleep(seconds)
    cpu, seen = machine.cpu_seconds(server.pid) - cpu, {} if readers is None else readers.seen()
    return cpu / (time.monotonic() - began), {name: value / seconds for name, value in seen.items()}


def costs(options: argparse.Namespace) -> None:
    """Each kind of stream, of few and many levels, with few and many readers."""
    print("processor per message, of streams that are equal and of streams that are all different")
    rows = []
    wanted = {1: READERS[1]} if options.quick else READERS
    for count, rate in wanted.items():
        with Server(rate) as server:
            alone, _ = cost(server, options.seconds, None)
            for levels in LEVELS:
                for kind in KINDS:
                    for kinds in sorted({1, count}):
                        with Readers(server, kind, count, levels, kinds) as readers:
                            used, seen = cost(server, options.seconds, readers)
                        us = (used - alone) / max(1, seen["messages"]) * 1e6
                        size = seen["bytes"] / max(1, seen["messages"])
                        got = f"{seen['messages'] / count:.0f} of {rate}"
                        rows.append((f"{count} {kind}, {levels} levels", kinds, got, f"{us:.0f}", f"{size:.0f}"))
    harness.print_table(("readers", "different streams", "msg/s per reader", "CPU us/msg", "bytes"), rows)


# -- many connections


def many(options: argparse.Namespace) -> None:
    """A thousand readers of one book: memory, processor, and whether all have the newest state at the end."""
    count = 50 if options.quick else MANY
    print(f"{count} readers of events of 10 levels, {MANY_RATE} changes/s")
    with Server(MANY_RATE) as server:
        alone, _ = cost(server, options.seconds, None)
        memory = machine.resident(server.pid)
        with Readers(server, "events", count, 10) as readers:
            used, seen = cost(server, options.seconds, readers)
            grown = machine.resident(server.pid) - memory
            server.still()
            deadline = time.monotonic() + 10.0
            while (different := readers.seen()["different"]) > 1 and time.monotonic() < deadline:
                time.sleep(0.1)
    per_message = (used - alone) / max(1, seen["messages"]) * 1e6
    rows = [
        ("memory per connection", f"{grown / count * 1000:.1f} KB"),
        ("processor", f"{used:.0%} of a core, {per_message:.0f} us per message"),
        ("messages per reader", f"{seen['messages'] / count:.2f}/s, the least {seen['least']:.2f}/s"),
        ("states that readers have at the end", f"{different} (1: all have the newest)"),
    ]
    harness.print_table(("what", "figure"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few readers, for a short time, to see that it works")
    parser.add_argument("--seconds", type=float, help="of each measurement (3)")
    parser.add_argument("--repetitions", type=int, help="with and without readers of HTTP (5)")
    parser.add_argument("--apart", action="store_true", help="only compare a thread and a process that serve HTTP")
    options = parser.parse_args()
    options.seconds = options.seconds or (0.3 if options.quick else 3.0)
    options.repetitions = options.repetitions or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head("Streams over HTTP", ("uvicorn", "websockets", "grpcio"))
    apart(options)
    if options.apart:
        return
    compare(options)
    costs(options)
    many(options)


if __name__ == "__main__":
    main()
