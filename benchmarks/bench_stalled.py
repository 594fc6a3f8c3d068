"""Clients that read nothing: what they cost the others and the server's memory; how fast streams end and are refused.

    python -m benchmarks.bench_stalled [--quick] [--seconds S]

50 streams read; beside them are 0, then 50 whose application reads nothing while its HTTP/2 side answers pings, then
50 that stopped altogether, as under SIGSTOP (keepalive ends those within 15 s), then 0 again. Needs Linux and g++.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import grpc

from benchmarks import harness, load, machine, stack

LIVE = 50
STALLED = 50
RATE = 100
MEMORY_GOAL_MB = 2.0
CANCEL_GOAL_MS = 10.0
ENDINGS = 200
STREAM_LIMIT = 50


@dataclass(frozen=True)
class Company:
    """Who shares the server with the live streams."""

    name: str
    stalled: int = 0
    frozen: int = 0


COMPANIES = (
    Company("nobody"),
    Company("50 read nothing", stalled=STALLED),
    Company("50 stopped", frozen=STALLED),
    Company("nobody"),
)


def live_beside(company: Company, seconds: float) -> load.Sample:
    """The live streams' measurement on a fresh server."""
    with load.Server(load.python_server("onebook", RATE)) as server:
        streams = LIVE + company.stalled + company.frozen
        return load.measure(server, streams, seconds, company.stalled, company.frozen)


def print_samples(samples: Sequence[load.Sample]) -> None:
    rows = [
        (
            company.name,
            f"{sample.rate:.0f} of {sample.offered * LIVE:.0f}",
            f"{sample.least:.1f}",
            *(f"{value:.2f}" for value in (sample.p50, sample.p99, sample.p999)),
            f"{sample.cpu_us:.1f}",
            f"{sample.growth:+.2f}",
            sample.disordered,
        )
        for company, sample in zip(COMPANIES, samples, strict=True)
    ]
    head = ("beside 50 live", "msg/s", "worst stream/s", "p50 ms", "p99", "p99.9", "CPU us/msg", "MB", "out of order")
    harness.print_table(head, rows)


def print_goals(samples: Sequence[load.Sample]) -> None:
    growth = max(sample.growth for sample in samples[1:3])
    verdict = "reached" if growth <= MEMORY_GOAL_MB else "MISSED"
    print(f"goal: memory grows at most {MEMORY_GOAL_MB} MB: {growth:+.2f} MB, {verdict}")
    kept = min(sample.rate / (sample.offered * LIVE) for sample in samples[1:3])
    print(
        f"goal: the others keep their rate: {kept:.1%} of what was offered, {'reached' if kept > 0.99 else 'MISSED'}\n"
    )


# -- ends and refusals, in one process


@contextmanager
def running(stream_limit: int) -> Iterator[tuple[stack.Stack, Callable[[], Any]]]:
    """A server in this process, and what opens a stream and waits for its first message."""
    server = stack.Stack(RATE, stream_limit=stream_limit)
    with grpc.insecure_channel(f"127.0.0.1:{server.start()}") as channel:
        call: Any = channel.unary_stream(stack.METHOD, None, None)

        def open_stream() -> Any:
            stream = call(b"")
            next(stream)
            return stream

        yield server, open_stream
    server.stop()


def cancel_times(endings: int) -> list[float]:
    """Milliseconds from a client's cancel() until the server has let go of the stream, 20 others being open."""
    times = []
    with running(STREAM_LIMIT) as (server, open_stream):
        others = [open_stream() for _ in range(20)]
        for _ in range(endings):
            stream = open_stream()
            began = time.perf_counter()
            stream.cancel()
            while len(server.streams) > len(others):
                time.sleep(0.0001)
            times.append((time.perf_counter() - began) * 1e3)
        for stream in others:
            stream.cancel()
    return times


def refusal_times(endings: int) -> list[float]:
    """Milliseconds until one stream too many is refused. Raises RuntimeError when it is not."""
    times = []
    # One client gets half of what there is, and the rest stays free for others.
    with running(2 * STREAM_LIMIT) as (_server, open_stream):
        streams = [open_stream() for _ in range(STREAM_LIMIT)]
        for _ in range(endings):
            began = time.perf_counter()
            try:
                open_stream()
            except grpc.RpcError as error:
                refused: Any = error
            else:
                raise RuntimeError("a stream over the limit was not refused")
            times.append((time.perf_counter() - began) * 1e3)
            if refused.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
                raise RuntimeError(f"a stream over the limit got {refused.code()}")
        for stream in streams:
            stream.cancel()
    return times


def print_times(rows: dict[str, list[float]]) -> None:
    harness.print_table(
        ("ms", "median", "p99", "worst", "times"),
        [
            (
                name,
                f"{median(times):.2f}",
                f"{sorted(times)[int(len(times) * 0.99)]:.2f}",
                f"{max(times):.2f}",
                len(times),
            )
            for name, times in rows.items()
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="0.3 s instead of 60 s each, 5 endings")
    parser.add_argument("--seconds", type=float)
    options = parser.parse_args()
    seconds = options.seconds or (0.3 if options.quick else 60.0)
    machine.linux_only()
    machine.print_head(f"Clients that do not read, {seconds:g} s each, {RATE} changes/s", ("grpcio",))
    samples = [live_beside(company, seconds) for company in COMPANIES]
    print_samples(samples)
    print_goals(samples)
    endings = 5 if options.quick else ENDINGS
    cancels = cancel_times(endings)
    print_times({"cancel until freed": cancels, "stream 51 of a client's 50 refused": refusal_times(endings)})
    verdict = "reached" if median(cancels) <= CANCEL_GOAL_MS else "MISSED"
    print(f"goal: a cancelled stream is gone in {CANCEL_GOAL_MS:.0f} ms: {median(cancels):.2f} ms, {verdict}")


if __name__ == "__main__":
    main()
