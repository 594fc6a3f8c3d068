"""Clients of bench_shm, each in a process of its own: python -m benchmarks.shm_clients KIND NAME PORT SECONDS

Prints JSON: books taken, nanoseconds of processor for each, and the nanoseconds from the change of a book to the client
as p50 and p99. A client ends with the first book after its time: even on a busy machine there is one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from benchmarks import stack
from client import Client
from shm import SharedBooks

MARKET = str(stack.PAIR)


def shared(name: str, port: int, end: float) -> Iterator[int]:
    """Looks for a new book all the time."""
    del port
    with SharedBooks(name) as books:
        book = books[MARKET]
        seen = book.version
        while True:
            version = book.version
            if version != seen:
                seen = version
                yield book.read().receive_time_nanos
                if time.monotonic() > end:
                    return


def stream(name: str, port: int, end: float) -> Iterator[int]:
    """Takes the messages of a stream, unconverted."""
    del name
    with Client(f"127.0.0.1:{port}") as client:
        for message in client.stream_book(MARKET, raw=True):
            yield message.header.receive_time_nanos
            if time.monotonic() > end:
                return


def unary(name: str, port: int, end: float) -> Iterator[int]:
    """Asks again and again."""
    del name
    with Client(f"127.0.0.1:{port}") as client:
        while True:
            yield client.book(MARKET, raw=True).header.receive_time_nanos
            if time.monotonic() > end:
                return


def main(kind: str, name: str, port: str, seconds: str) -> None:
    taken = {"shared": shared, "stream": stream, "unary": unary}[kind]
    end = time.monotonic() + float(seconds)
    cpu = time.process_time_ns()
    ages = [time.time_ns() - received for received in taken(name, int(port), end)]
    cpu = time.process_time_ns() - cpu
    ages.sort()
    seen = {"books": len(ages), "cpu": cpu / len(ages), "p50": ages[len(ages) // 2], "p99": ages[len(ages) * 99 // 100]}
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
