"""Feeds beside streams: from a frame's receipt to its publication, while 0 and 100 streams read what is published.

    python -m benchmarks.bench_feeds [--quick] [--seconds S] [--streams N] [--turns N]

A whole server on simulated exchanges: websocket threads, books, merge, publication. It has one core; exchanges and
readers have the other. The times are the server's own: of the newest frame in a message, and of the message. A
transport that holds the interpreter while it sends makes feeds wait. Needs Linux and g++.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from benchmarks import harness, load, machine, python_process, stack
from onebook.v1 import market_data_pb2 as pb
from server.transport.native import AVAILABLE

SERVES = re.compile(r"onebook serves .* on \S+:(\d+), books in")
VENUES = ("binance", "binance_us", "bitstamp", "bybit")
RATE = 50
"""Steps of each exchange per second."""
TRANSPORTS = ("push", *(["native"] if AVAILABLE else []))


@contextmanager
def process(core: int, log: Path, *command: str, **environment: str) -> Iterator[python_process.Started]:
    """A process of onebook on one core, until the block ends."""
    with log.open("wb") as output:
        started = python_process.start(command, core, log=output, more=environment)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(20)


def waited_for(log: Path, started: python_process.Started, found: re.Pattern[str]) -> re.Match[str]:
    """The first match in the log. Raises RuntimeError where the process ends or says nothing for a minute."""
    for _ in range(600):
        match = found.search(log.read_text(errors="replace"))
        if match is not None:
            return match
        if started.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(log.read_text(errors="replace")[-2000:])


@contextmanager
def served(transport: str, folder: Path) -> Iterator[int]:
    """The port of a server on simulated exchanges."""
    config = folder / "sim.toml"
    flags = ("--pair", "BTC/USDT", "--venues", ",".join(VENUES), "--rate", str(RATE), "--write-config", str(config))
    with process(machine.CLIENT_CORE, folder / "sim", "cli", "sim", *flags) as simulator:
        while not config.exists() and simulator.poll() is None:
            time.sleep(0.05)
        arguments = ("--config", str(config), "--port", "0")
        log = folder / "server"
        with process(machine.SERVER_CORE, log, "cli", "serve", *arguments, ONEBOOK_TRANSPORT=transport) as server:
            yield int(waited_for(log, server, SERVES)[1])


def delays(port: int, seconds: float) -> list[float]:
    """Milliseconds from frame to publication, of each state that one stream shows in this time: of one at the least."""
    found = []
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stream: Any = channel.unary_stream(stack.METHOD, None, pb.StreamBookResponse.FromString)(b"")
        until = time.monotonic() + load.WARM_UP + seconds
        for answer in stream:
            header = answer.book.header
            now = time.monotonic()
            if now > until - seconds and not header.heartbeat:
                found.append((header.publish_time_nanos - header.receive_time_nanos) / 1e6)
            if found and now > until:
                break
        stream.cancel()
    return found


def measure(transport: str, streams: int, seconds: float) -> list[float]:
    """The delays beside so many streams."""
    with tempfile.TemporaryDirectory() as name, served(transport, Path(name)) as port:
        if not streams:
            return delays(port, seconds)
        command = [str(load.reader_program()), str(port), stack.METHOD, "", str(streams), "0", "0"]
        with load.LineProcess(command, machine.CLIENT_CORE):
            time.sleep(streams * 0.005)
            return delays(port, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a measurement (default: 10)")
    parser.add_argument("--streams", type=int, default=100, help="streams beside the feeds (default: 100)")
    parser.add_argument("--turns", type=int, default=3, help="measurements of each, in turn (default: 3)")
    options = parser.parse_args()
    seconds, turns = (0.3, 1) if options.quick else (options.seconds, options.turns)
    machine.linux_only()
    machine.print_head("From a frame's receipt to its publication", ("grpcio",))
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(turns):
        for transport in TRANSPORTS:
            for streams in (options.streams,) if options.quick else (0, options.streams):
                found.setdefault((transport, streams), []).extend(measure(transport, streams, seconds))
    rows = []
    for (transport, streams), times in found.items():
        ordered = sorted(times)
        marks = [f"{ordered[int(len(ordered) * part)]:.2f}" for part in (0.5, 0.99, 0.999)]
        rows.append((transport, streams, len(ordered), *marks))
    harness.print_table(("transport", "streams", "states", "p50 ms", "p99", "p99.9"), rows)


if __name__ == "__main__":
    main()
