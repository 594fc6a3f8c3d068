"""Recording: its cost on the ingest path, on against off; puts, blocks and reading; bytes of recorded captures.

    python -m benchmarks.bench_recording [--quick] [--rounds N]

A venue in another process sends a recorded session of one pair, as fast as it is read, to the connection thread of the
server, by turns with a recorder and without. Processor time of the connection's process counts, and the recorder's by
itself; costs are medians of the ratios of neighbours. A recorder that writes at the same time takes caches and memory
bandwidth from the connection: its line shows that as well. What neighbours on the machine do is louder than a put: what
a message costs more is measured in memory, and compared with the whole way through the socket.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import harness, load, machine
from benchmarks.bench_ingest import TIMEOUT, AtOnce, Cost, timed
from benchmarks.binance_session import Counter, answer, count_books, new_session
from benchmarks.recording import Recording, recording
from recording import Kind, Record, RecordingWriter, Retention, Ring, read, read_blocks, recorder_command, segments
from recording.recorder import Recorder
from server.connection.connection_thread import Callbacks, Connection
from server.connection.effects import Effect
from server.connection.raw_tap import RawTap
from server.connection.websocket import ExchangeSocket, SocketOptions
from server.model import Receipt
from server.recording.capture_files import read_jsonl
from server.recording.capture_import import import_capture
from server.recording.capture_plan import plan_of
from server.recording.server_recorder import recorder_words
from server.ring_child import RingChild
from server.run import SWITCH_INTERVAL
from tests.captures import find_capture

GOAL = 0.03
QUICK_FRAMES = 500
RING = 64 << 20
CAPTURES = (
    "binance_spot/btcusdt_20240808-09.jsonl.gz",
    "binance_usdm/btcusdt_20240808.jsonl.gz",
    "bybit/v5_btc_sol_20260809.jsonl.gz",
    "coinbase_advanced/btc_eth_20260809_first520.jsonl.gz",
    "kraken/v1_multi10_20210417.jsonl.gz",
)


# -- the ingest path


def through_connection(source: Recording, port: int, expected: int, tap: RawTap | None) -> Cost:
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
        tap,
    )

    def body() -> None:
        connection.start()
        if not counter.done.wait(TIMEOUT):
            raise RuntimeError(f"{counter.count} of {expected} books came out")

    cost = timed(body)
    connection.stop()
    connection.join(5)
    return cost


class Recorded:
    """Rings with a recorder process, as a server has it, and without one."""

    def __init__(self, folder: Path) -> None:
        self.ring, self.alone = Ring.made(RING), Ring.made(RING)
        command = recorder_command(self.ring, folder, Retention())
        self.child = RingChild(recorder_words(folder), command, self.ring, (self.ring.descriptor,), lambda: b"\n")
        self.child.start()

    def close(self) -> None:
        self.child.stop(30.0)
        self.ring.close()
        self.alone.close()

    @property
    def cpu(self) -> float:
        """Processor time of the recorder so far."""
        return machine.cpu_seconds(self.child.pid) if self.child.pid else 0.0


def tap_of(ring: Ring) -> RawTap:
    return RawTap(1, partial(ring.put, 1), ring.receiver(1))


OFF, PUTS, ON = "not recorded", "recorded, the recorder waits", "recorded, the recorder writes"


def ingest(kind: str, frames: int | None, rounds: int, folder: Path) -> None:
    source = recording(kind == "all", frames)
    count, expected = len(source.frames), count_books(source)
    print(f"{source.name}, {kind}: {count} frames of {source.mean_bytes:.0f} bytes\n")
    command = [sys.executable, "-m", "benchmarks.ingest_venue", kind, str(count)]
    costs: dict[str, list[float]] = {OFF: [], PUTS: [], ON: []}
    beside, recorded = [], Recorded(folder)
    taps = {OFF: None, PUTS: tap_of(recorded.alone), ON: tap_of(recorded.ring)}
    with load.LineProcess(command, machine.SERVER_CORE) as venue:
        port = int(venue.hear())
        for number in range(rounds):
            for name in list(costs)[:: -1 if number % 2 else 1]:
                before = recorded.cpu
                costs[name].append(through_connection(source, port, expected, taps[name]).cpu / count)
                settle(recorded.ring)
                if name == ON:
                    beside.append((recorded.cpu - before) / count)
                recorded.alone.empty()
    lost = recorded.ring.counters.lost + recorded.alone.counters.lost
    recorded.close()
    rows = [(name, f"{median(each) * 1e6:.2f}", f"{ratio(each, costs[OFF]):+.1%}") for name, each in costs.items()]
    rows.append(("the recorder's process", f"{median(beside) * 1e6:.2f}", ""))
    harness.print_table(("through a websocket", "CPU us/frame", "cost"), rows)
    without, with_taps = in_memory(source, rounds)
    added, whole = with_taps - without, min(costs[OFF])
    harness.print_table(
        ("in memory, best rounds", "CPU us/frame"),
        [("Session.receive", f"{without * 1e6:.2f}"), ("Session.receive, recorded", f"{with_taps * 1e6:.2f}")],
    )
    cost = added / whole
    verdict = "reached" if cost <= GOAL else "MISSED"
    words = f"{added * 1e9:.0f} ns of {whole * 1e6:.2f} us per frame through a websocket (best rounds): {cost:+.1%}"
    print(f"goal: at most {GOAL:.0%} of the ingest path: {words}, {verdict}; {lost} messages lost\n")


def ratio(these: list[float], those: list[float]) -> float:
    """The median of the ratios of neighbours, less one."""
    return median(this / that for this, that in zip(these, those, strict=True)) - 1


SLICE = 50
"""Frames that are timed at once: a slice is undisturbed more often than a whole recording."""


def in_memory(source: Recording, passes: int) -> tuple[float, float]:
    """Seconds of processor time per frame, without a recorder and with.

    Slices of one session are recorded and not recorded by turns, the other way round in the next pass; the best pass of
    each slice counts.
    """
    ring = Ring.made(RING)
    receiver, slices = ring.receiver(1), len(source.frames) // SLICE
    best = {recorded: [float("inf")] * slices for recorded in (False, True)}
    for each in range(2 * passes):
        session = new_session(Counter(-1))
        session.opened(0)
        for number in range(slices):
            frames = source.frames[number * SLICE : (number + 1) * SLICE]
            recorded = (number + each) % 2 == 0
            session.lane.tap = receiver if recorded else None
            effects: list[Effect] = []
            receive = session.receive
            began = time.thread_time()
            for frame in frames:
                effects += receive(frame, Receipt(number, number))
            best[recorded][number] = min(best[recorded][number], time.thread_time() - began)
            for effect in effects:
                answer(session, effect, source.snapshot)
        ring.empty()
    ring.close()
    # The book is built in the first slices.
    counted = slices - slices // 10
    without, with_tap = (sum(best[recorded][-counted:]) / (counted * SLICE) for recorded in (False, True))
    return without, with_tap


def settle(ring: Ring) -> None:
    """Until the recorder has written all."""
    deadline = time.monotonic() + TIMEOUT
    while ring.counters.behind and time.monotonic() < deadline:
        time.sleep(0.02)


# -- puts, blocks, reading


def put_ns(size: int, rounds: int) -> float:
    """Nanoseconds of one put: the best round."""
    ring, body, best = Ring.made(RING), bytes(size), float("inf")
    put, count, at = ring.receiver(1), 20_000, (1, 1)
    for _ in range(rounds):
        began = time.thread_time_ns()
        for _ in range(count):
            put(body, at)
        middle = time.thread_time_ns()
        for _ in range(count):
            pass
        best = min(best, (2 * middle - began - time.thread_time_ns()) / count)
        ring.empty()
    ring.close()
    return best


def written_per_second(frames: list[bytes], count: int, folder: Path) -> float:
    """Records that a recorder takes out of the ring and writes to the disk, per second."""
    ring = Ring.made(RING)
    for number in range(count):
        ring.put(1, Kind.RECEIVED, frames[number % len(frames)], number, number)
    recorded = Recorder(ring, folder)
    kept = count - ring.counters.lost
    began = time.perf_counter()
    recorded.attempt(ending=True)
    seconds = time.perf_counter() - began
    ring.close()
    return kept / seconds


def per_second(count: int, run: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - began)
    return count / best


def speeds(frames: list[bytes], count: int, rounds: int, folder: Path) -> None:
    sizes = folder / "sizes"
    sizes.mkdir()
    small = folder / "small"
    small.mkdir()
    rows = [(f"put of {size} bytes", f"{put_ns(size, rounds):.0f} ns") for size in (100, 400, 1600)]
    rows.append(("recorder, 1.6 kB frames", f"{written_per_second(frames, count, sizes):,.0f} records/s"))
    writer = RecordingWriter(small)
    for number in range(count):
        if writer.add(Record(Kind.RECEIVED, 1, frames[number % len(frames)][:400], number, number)):
            writer.flush()
    writer.close()
    found = per_second(count, lambda: sum(1 for _ in read(small)), rounds)
    rows.append(("read(), 400 bytes each", f"{found:,.0f} records/s"))
    blocks = per_second(count, lambda: [_heads(segment.path) for segment in segments(small)], rounds)
    rows.append(("read_blocks(), heads alone", f"{blocks:,.0f} records/s"))
    harness.print_table(("what", "figure"), rows)


def _heads(path: Path) -> int:
    return sum(len(block.heads(block.payload)) for block in read_blocks(path))


# -- bytes


def captures(folder: Path, names: tuple[str, ...]) -> None:
    rows = []
    for name in names:
        path = find_capture(name)
        if path is None:
            continue
        target = folder / name.replace("/", "-")
        messages = import_capture(partial(read_jsonl, path), plan_of(read_jsonl(path), "", []), target)
        kinds = (Kind.RECEIVED, Kind.SENT, Kind.ANSWER)
        found = [(len(record.body), record.time) for record in read(target) if record.kind in kinds]
        raw = sum(size for size, _time in found)
        hours = (max(time for _size, time in found) - min(time for _size, time in found)) / 3.6e12
        size = sum(segment.path.stat().st_size for segment in segments(target))
        rows.append(
            (
                name.partition(".")[0],
                f"{messages:,}",
                f"{raw / messages:,.0f}",
                f"{size / messages:,.0f}",
                f"{raw / size:.1f}",
                f"{size / hours * 24 / 1e9:.2f}",
            )
        )
    if rows:
        harness.print_table(("capture", "messages", "bytes each", "recorded", "ratio", "GB per day"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"one round of {QUICK_FRAMES} frames")
    parser.add_argument("--rounds", type=int, help="(15)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 15)
    machine.linux_only()
    machine.print_head("Recording", ["websocket-client"])
    sys.setswitchinterval(SWITCH_INTERVAL)
    frames = QUICK_FRAMES if options.quick else None
    with tempfile.TemporaryDirectory(prefix="onebook-bench-") as name:
        folder = Path(name)
        for kind in ("depth", "all"):
            own = folder / kind
            own.mkdir()
            ingest(kind, frames, rounds, own)
        source = recording(False, frames)
        speeds(source.frames, 2_000 if options.quick else 30_000, rounds, folder)
        captures(folder, CAPTURES[2:3] if options.quick else CAPTURES)


if __name__ == "__main__":
    main()
