"""Books in shared memory: what a read costs, how soon a change is seen, what a publication costs, beside gRPC.

    python -m benchmarks.bench_shm [--quick] [--seconds S] [--repetitions N]

The server has one core, the reader the other; both are on one machine. Peers take turns and the median repetition
counts. Needs Linux; the reader in C needs g++ and is left out without it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import harness, load, machine, python_process, stack
from benchmarks.shm_server import CHOICE, publisher_of
from client import Client
from server.publish.epoch import Epoch
from server.publish.topics import BookTopic
from server.transport.shm._slots import SlotWriter, file_size
from server.venues import VENUES
from shm import SharedBookError, SharedBooks, get_include
from shm.pure_reader import PureReader
from tests.publish.reader import Reader

RATE = 200
"""Changes a second."""
GOAL_NS = 1000
MARKET = str(stack.PAIR)
NAME = f"bench-{os.getpid()}"


def nanoseconds(call: Callable[[], object], seconds: float) -> float:
    """Of one call: the best of many rounds."""
    best, end = float("inf"), time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter_ns()
        for _ in range(200):
            call()
        best = min(best, (time.perf_counter_ns() - began) / 200)
    return best


def reader_in_c() -> Path | None:
    return machine.compiled("shm_reader", [f"-I{get_include()}"])


def in_c(program: Path, *words: str) -> list[float]:
    done = subprocess.run([program, NAME, MARKET, *words], capture_output=True, text=True, check=True)
    return [float(each) for each in done.stdout.split()]


# -- one read


def reads(port: int, seconds: float) -> dict[str, float]:
    """Nanoseconds of one read of each kind, while the books change."""
    found: dict[str, float] = {}
    program = reader_in_c()
    if program is not None:
        (found["C, onebook_shm_read()"],) = in_c(program, "reads", str(int(seconds * 1e6)))
    with SharedBooks(NAME) as books, Client(f"127.0.0.1:{port}") as client:
        book = books[MARKET]
        kept = book.read()
        pure = PureReader(books._memory)  # noqa: SLF001 - the same file
        found["Python, read()"] = nanoseconds(book.read, seconds)
        found["Python, read() and best_bid"] = nanoseconds(lambda: book.read().best_bid, seconds)
        found["Python, read() and all levels"] = nanoseconds(lambda: (new := book.read(), new.bids, new.asks), seconds)
        found["Python, all venues of a book"] = nanoseconds(lambda: type(kept)(MARKET, kept._snapshot).venues, seconds)  # noqa: SLF001
        found["Python, is there a newer one (version)"] = nanoseconds(lambda: book.version, seconds)
        found["Python without the extension, read"] = nanoseconds(lambda: pure.read(0), seconds)
        pure.close()
        found["gRPC, client.book(raw=True)"] = nanoseconds(lambda: client.book(MARKET, raw=True), seconds)
        found["gRPC, client.book()"] = nanoseconds(lambda: client.book(MARKET), seconds)
    return found


def print_reads(runs: list[dict[str, float]]) -> None:
    rows = [(name, f"{median(run[name] for run in runs):.0f}") for name in runs[0]]
    harness.print_table(("one book", "ns"), rows)
    reached = median(run["Python, read()"] for run in runs)
    verdict = "reached" if reached < GOAL_NS else "MISSED"
    print(f"goal: the newest book in Python in less than {GOAL_NS} ns: {reached:.0f} ns, {verdict}\n")


# -- from the change to the reader


def arrivals(port: int, seconds: float) -> dict[str, tuple[float, float, float, float]]:
    """p50 and p99 in us from the change of the book to the reader, books, and us of processor for each."""
    found = {}
    program = reader_in_c()
    if program is not None:
        p50, p99, count = in_c(program, "wait", str(seconds))
        found["shared memory, C, looking all the time"] = (p50 / 1e3, p99 / 1e3, count, 0.0)
    for kind, name in (
        ("shared", "shared memory, Python, looking all the time"),
        ("stream", "gRPC stream, Python, raw"),
        ("unary", "gRPC calls one after the other, raw"),
    ):
        client = python_process.start(["benchmarks.shm_clients", kind, NAME, str(port), str(seconds)])
        seen: dict[str, Any] = json.loads(python_process.outcome(client))
        cpu = 0.0 if kind == "shared" else seen["cpu"] / 1e3
        found[name] = (seen["p50"] / 1e3, seen["p99"] / 1e3, seen["books"], cpu)
    return found


def print_arrivals(runs: list[dict[str, tuple[float, float, float, float]]]) -> None:
    rows = []
    for name in runs[0]:
        p50, p99, count, cpu = (median(run[name][place] for run in runs) for place in range(4))
        rows.append((name, f"{p50:.0f}", f"{p99:.0f}", f"{count:.0f}", f"{cpu:.1f}" if cpu else "a core"))
    head = ("from the change to the reader", "p50 us", "p99 us", "books", "us of processor a book")
    harness.print_table(head, rows)


# -- one publication


def passes(count: int) -> dict[str, float]:
    """us of processor of a pass of the dispatcher in which one book changed."""
    found = {}
    for name in ("nobody reads", "shared memory", "one stream", "shared memory and one stream"):
        server = stack.Stack(1.0)
        publisher = publisher_of(server, f"{NAME}-pass") if "shared" in name else None
        dispatcher, market = server.dispatcher, server.live.market
        dispatcher.run_pass(time.monotonic_ns())
        stream = None
        if "stream" in name:
            key = (BookTopic, market, CHOICE, 0.0)
            topic = dispatcher.topics.state(key, lambda: BookTopic(market, dispatcher.epoch, 0.0, CHOICE))  # noqa: B023
            stream = Reader(topic.channel)
            topic.channel.join(stream)
            stream.done()
        spent = 0
        for _ in range(count):
            server.live.change()
            began = time.process_time_ns()
            dispatcher.run_pass(time.monotonic_ns())
            spent += time.process_time_ns() - began
            if stream is not None:
                stream.done()
                stream.received.clear()
        found[name] = spent / count / 1e3
        if publisher is not None:
            publisher.close()
    return found


def slot_writes(seconds: float) -> dict[str, float]:
    """us of one message into a slot."""
    message, found = stack.sample_message(), {}
    memory = bytearray(file_size(stack.LEVELS, len(VENUES), 1))
    writer = SlotWriter(memory, epoch=1, pid=1, levels=stack.LEVELS, venues=len(VENUES), slots=1)
    slot = writer.add(MARKET.encode())
    found["the slot alone, 2 venues"] = nanoseconds(lambda: writer.write(slot, message, 1), seconds) / 1e3
    live = stack.LiveMarket(lambda _market: None)
    for number in range(10):
        live.market.add_venue(f"venue{number}")
    topic = BookTopic(live.market, Epoch.now(), 0.0, CHOICE)
    larger = topic.encode_once()
    found["the slot alone, 12 venues"] = nanoseconds(lambda: writer.write(slot, larger, 1), seconds) / 1e3
    found["the message alone, 12 venues (merge, encode)"] = nanoseconds(topic.encode_once, seconds) / 1e3
    writer.close()
    return found


def print_publications(runs: list[dict[str, float]]) -> None:
    rows = [(name, f"{median(run[name] for run in runs):.2f}") for name in runs[0]]
    harness.print_table(("one publication", "us"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one repetition of fractions of a second")
    parser.add_argument("--seconds", type=float, help="of each measurement (1)")
    parser.add_argument("--repetitions", type=int, help="(5)")
    options = parser.parse_args()
    seconds = options.seconds or (0.05 if options.quick else 1.0)
    repetitions = options.repetitions or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head(f"Books in shared memory, {RATE} changes/s", ("grpcio", "protobuf"))
    with load.LineProcess(
        [sys.executable, "-m", "benchmarks.shm_server", NAME, str(RATE)], machine.SERVER_CORE
    ) as server:
        port = int(server.hear())
        machine.pin(machine.CLIENT_CORE)
        while not is_live():
            time.sleep(0.05)
        print_reads([reads(port, seconds / 5) for _ in range(repetitions)])
        print_arrivals([arrivals(port, seconds * 2) for _ in range(repetitions)])
    print_publications(
        [{**passes(max(200, int(seconds * 3000))), **slot_writes(seconds / 5)} for _ in range(repetitions)]
    )


def is_live() -> bool:
    """Whether the server's book can be read."""
    try:
        with SharedBooks(NAME) as books:
            return books[MARKET].read().best_bid is not None
    except SharedBookError:
        return False


if __name__ == "__main__":
    main()
