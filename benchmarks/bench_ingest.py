"""Ingest: a venue's frames to a proved book, in memory and through a websocket, against the usual stacks.

    python -m benchmarks.bench_ingest [--quick] [--rounds N]

Frames are a recorded session of one pair, its depth alone and with its trades. Peers (pip install orjson
sortedcontainers) keep a book of floats and check no sequence. websocket-client checks every text for UTF-8 in Python
unless it is told not to. The sender has one core and the reader another.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import websocket

from benchmarks import harness, load, machine
from benchmarks.binance_session import Counter, answer, book_alone, count_books, new_session, through_session
from benchmarks.recording import Recording, recording
from server.connection.connection_thread import Callbacks, Connection
from server.connection.effects import FetchSnapshot
from server.connection.session import Session
from server.connection.websocket import ExchangeSocket, SocketOptions
from server.run import SWITCH_INTERVAL

orjson = harness.peer_module("orjson", "orjson")
sortedcontainers = harness.peer_module("sortedcontainers", "sortedcontainers")
PEERS = {"orjson": orjson, "sortedcontainers": sortedcontainers}

TIMEOUT = 60.0
QUICK_FRAMES = 500


# -- peers


class DictBook:
    """json and a dict a side; nobody reads it."""

    def __init__(self) -> None:
        self.sides: tuple[Any, Any] = ({}, {})
        self.loads: Callable[[Any], Any] = json.loads

    def take(self, text: str | bytes) -> None:
        data = self.loads(text)["data"]
        if "b" in data and data["e"] == "depthUpdate":
            for side, rows in zip(self.sides, (data["b"], data["a"]), strict=True):
                for price, size in rows:
                    key, amount = float(price), float(size)
                    if amount:
                        side[key] = amount
                    else:
                        side.pop(key, None)
            self.read()

    def read(self) -> None:
        """After each frame."""


class SortedBook(DictBook):
    """orjson and sortedcontainers; the best bid and ask are read after each frame."""

    def __init__(self) -> None:
        super().__init__()
        self.sides = sortedcontainers.SortedDict(), sortedcontainers.SortedDict()
        self.loads = orjson.loads

    def read(self) -> None:
        bids, asks = self.sides
        if bids and asks:
            bids.peekitem(-1), asks.peekitem(0)


def peer_in_memory(source: Recording, make: type[DictBook]) -> Callable[[], Callable[[], object]]:
    def prepare() -> Callable[[], object]:
        book = make()

        def body() -> None:
            for frame in source.frames:
                book.take(frame)

        return body

    return prepare


# -- through a websocket


@dataclass(frozen=True)
class Cost:
    """Of one recording through a websocket."""

    seconds: float
    cpu: float


def timed(body: Callable[[], None]) -> Cost:
    began, cpu = time.perf_counter(), time.process_time()
    body()
    return Cost(time.perf_counter() - began, time.process_time() - cpu)


class AtOnce:
    """Stands for the SnapshotScheduler: the recorded answer without the round trip."""

    def __init__(self, snapshot: bytes) -> None:
        self._snapshot = snapshot

    def fetch(self, session: Session, fetch: FetchSnapshot) -> None:
        answer(session, fetch, self._snapshot)


def through_connection(source: Recording, port: int, expected: int) -> Cost:
    """The connection thread as it is in the server. Raises RuntimeError when books are missing."""
    counter = Counter(expected)
    scheduler: Any = AtOnce(source.snapshot)
    connection = Connection(
        new_session(counter),
        lambda path: ExchangeSocket(f"ws://127.0.0.1:{port}{path}", SocketOptions()),
        scheduler,
        Callbacks(
            trade=lambda _event, _at: None, reconnect=lambda _connection, _reason: None, tick=lambda _connection: None
        ),
    )

    def body() -> None:
        connection.start()
        if not counter.done.wait(TIMEOUT):
            raise RuntimeError(f"{counter.count} of {expected} books came out")

    cost = timed(body)
    connection.stop()
    connection.join(5)
    return cost


def through_peer(source: Recording, port: int, make: type[DictBook], check_utf8: bool) -> Cost:
    """websocket-client's own recv() and a plain book."""
    book = make()

    def body() -> None:
        connection: Any = websocket.create_connection(f"ws://127.0.0.1:{port}/", skip_utf8_validation=not check_utf8)
        connection.send("{}")
        for _ in source.frames:
            book.take(connection.recv())
        connection.shutdown()

    return timed(body)


# -- the benchmark


def in_memory(source: Recording, rounds: int) -> None:
    candidates = {
        "onebook: Session.receive": through_session(source),
        "onebook's decoder and book alone": book_alone(source),
        "json + dict": peer_in_memory(source, DictBook),
    }
    if orjson and sortedcontainers:
        candidates["orjson + sortedcontainers"] = peer_in_memory(source, SortedBook)
    seconds = harness.best_seconds(candidates, rounds)
    ours, frames = seconds["onebook: Session.receive"], len(source.frames)
    harness.print_table(
        ("in memory", "frames/s", "us/frame", "x onebook's time"),
        [(name, f"{frames / t:.0f}", f"{t / frames * 1e6:.2f}", f"{t / ours:.1f}") for name, t in seconds.items()],
    )


def through_socket(source: Recording, kind: str, rounds: int) -> None:
    expected, frames = count_books(source), len(source.frames)
    command = [sys.executable, "-m", "benchmarks.ingest_venue", kind, str(frames)]
    with load.LineProcess(command, machine.SERVER_CORE) as venue:
        port = int(venue.hear())
        candidates: dict[str, Callable[[], Cost]] = {
            "onebook: Connection thread": lambda: through_connection(source, port, expected),
            "websocket-client + json + dict": lambda: through_peer(source, port, DictBook, check_utf8=True),
            "the same, UTF-8 unchecked": lambda: through_peer(source, port, DictBook, check_utf8=False),
        }
        if orjson and sortedcontainers:
            candidates["unchecked + orjson + sortedcontainers"] = lambda: through_peer(
                source, port, SortedBook, check_utf8=False
            )
        costs: dict[str, list[Cost]] = {name: [] for name in candidates}
        for _ in range(rounds):
            for name, run in candidates.items():
                costs[name].append(run())
    ours = median(cost.cpu for cost in costs["onebook: Connection thread"])
    rows = []
    for name, of_candidate in costs.items():
        seconds, cpu = median(c.seconds for c in of_candidate), median(c.cpu for c in of_candidate)
        rows.append((name, f"{frames / seconds:.0f}", f"{cpu / frames * 1e6:.2f}", f"{cpu / ours:.1f}"))
    harness.print_table(("through a websocket", "frames/s", "CPU us/frame", "x onebook's CPU"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"one round of {QUICK_FRAMES} frames")
    parser.add_argument("--rounds", type=int, help="(11)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 11)
    machine.linux_only()
    machine.print_head("Ingest of one pair", ["websocket-client", *(name for name, module in PEERS.items() if module)])
    machine.pin(machine.CLIENT_CORE)
    sys.setswitchinterval(SWITCH_INTERVAL)
    for kind in ("depth", "all"):
        source = recording(kind == "all", QUICK_FRAMES if options.quick else None)
        print(f"{source.name}, {kind}: {len(source.frames)} frames of {source.mean_bytes:.0f} bytes\n")
        in_memory(source, rounds)
        through_socket(source, kind, rounds)


if __name__ == "__main__":
    main()
