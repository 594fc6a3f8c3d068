"""The clients that bench_client compares, one a process: python -m benchmarks.client_peers NAME PORT SECONDS PAUSE

Reads one stream for a while, pausing after each message, and prints {"messages": n, "seconds": s, "ages": [...]}: the
ages of the data in ms, from the server's encoding to the user's hands.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from typing import Any

import grpc

from benchmarks import machine
from client import Client
from onebook.v1 import market_data_pb2, market_data_pb2_grpc

SETTLE = 1.0


def messages(name: str, target: str) -> Iterable[Any]:
    """The stream by each client; all but the raw default stub yield something with a header."""
    if name == "onebook raw":
        return Client(target).stream_book(raw=True)
    if name == "onebook Decimal":
        return Client(target).stream_book()
    if name == "onebook float":
        return Client(target, numbers="float").stream_book()
    stub = market_data_pb2_grpc.MarketDataServiceStub(grpc.insecure_channel(target))
    responses = stub.StreamBook(market_data_pb2.StreamBookRequest())
    return (response.book for response in responses)


def read(stream: Iterable[Any], seconds: float, pause: float) -> dict[str, Any]:
    """Reads; what the first second brings is not counted, or the first part of a shorter time."""
    ages: list[float] = []
    count, began = 0, time.monotonic()
    counted_from = began + min(SETTLE, seconds)
    end = counted_from + seconds
    for message in stream:
        now = time.monotonic()
        if now >= end:
            break
        if now < counted_from:
            count = 0
        count += 1
        if pause:
            ages.append((time.time_ns() - message.header.publish_time_nanos) / 1e6)
            time.sleep(pause)
    return {"messages": count, "seconds": seconds, "ages": ages}


def main() -> None:
    name, port, seconds, pause = sys.argv[1:]
    machine.pin(machine.CLIENT_CORE)
    print(json.dumps(read(messages(name, f"127.0.0.1:{port}"), float(seconds), float(pause))), flush=True)


if __name__ == "__main__":
    main()
