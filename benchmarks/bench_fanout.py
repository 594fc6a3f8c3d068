"""Fan-out: one changing book to 1, 10, 100 and 500 gRPC streams: rate, processor per message, latency, against peers.

    python -m benchmarks.bench_fanout [--quick] [--streams N ...] [--seconds S] [--repetitions N]

The server has one core and the client, a C++ reader that costs less than any server here, the other. Peers take turns
and the median repetition counts. Needs Linux and g++; the C++ peer needs libgrpc++-dev too, and is left out without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import harness, load, machine
from server.transport.native import AVAILABLE

PACED = {1: 100, 10: 100, 100: 100, 500: 20}
"""Changes a second by streams: every server here can send all of them."""
SATURATED = {1: 5000, 10: 5000, 100: 1000, 500: 200}
"""Changes a second by streams: more than any server here can send, but for a single stream."""
ORIGIN_STREAMS = 10
"""The origin's pool has ten threads: it never serves an eleventh stream."""
NOTES = """\
What each does for a change of the book
  onebook      applies it to a real book, merges two venues, encodes once, pushes the same bytes to all streams
  onebook gen  the same on its fallback transport of public gRPC API: a thread a stream
  onebook native  the same on its own HTTP/2 engine, nghttp2 on a thread without the interpreter
  plain        the usual servicer: a thread a stream waits on a Condition; each builds and serialises its own message
  shared       the same, but the message is built once and its bytes are shared
  C++          gRPC callback server: sends ready bytes, shared by all streams; only stamps a header
  origin       the public aggregator's servicer: streams spin on one shared cursor in a pool of ten
The peers neither keep nor merge books: their feed only stamps a version. All send the same 20 levels and two venues.
"""


@dataclass(frozen=True)
class Peer:
    """A server to compare."""

    name: str
    command: Callable[[float], Sequence[str]]
    most_streams: int = 1000


def peers() -> list[Peer]:
    """All that can run here."""
    found = [
        Peer("onebook", lambda rate: load.python_server("onebook", rate)),
        *([Peer("onebook native", lambda rate: load.python_server("onebook-native", rate))] if AVAILABLE else []),
        Peer("onebook gen", lambda rate: load.python_server("onebook-generator", rate)),
        Peer("plain", lambda rate: load.python_server("plain", rate)),
        Peer("shared", lambda rate: load.python_server("shared", rate)),
        Peer("origin", lambda rate: load.python_server("origin", rate), ORIGIN_STREAMS),
    ]
    flags = machine.library_flags("grpc++")
    program = machine.compiled("fanout_peer", flags) if flags else None
    if program is None:
        print("C++ peer left out: libgrpc++-dev was not found (apt-get install libgrpc++-dev pkg-config)\n")
    else:
        found.append(Peer("C++", lambda rate: load.cpp_server(program, rate)))
    return found


def compare(
    candidates: Sequence[Peer], streams: int, rate: float, options: argparse.Namespace
) -> dict[str, list[load.Sample]]:
    """Every repetition runs each server once, so that a busy neighbour meets all of them."""
    samples: dict[str, list[load.Sample]] = {}
    for _ in range(options.repetitions):
        for peer in candidates:
            if streams <= peer.most_streams:
                with load.Server(peer.command(rate)) as server:
                    samples.setdefault(peer.name, []).append(load.measure(server, streams, options.seconds))
    return samples


def paired_ratio(ours: Sequence[load.Sample], theirs: Sequence[load.Sample]) -> float:
    """How many times as many messages we deliver: the median of the repetitions' ratios."""
    return median(mine.rate / max(other.rate, 0.1) for mine, other in zip(ours, theirs, strict=True))


def print_samples(samples: dict[str, list[load.Sample]]) -> None:
    rows = []
    for name, of_peer in samples.items():
        ratio = "" if name == "onebook" else f"{paired_ratio(samples['onebook'], of_peer):.2f}"
        lost = sum(sample.disordered + sample.ended + sample.closed for sample in of_peer)
        rows.append(
            (
                name,
                f"{middle(of_peer, lambda s: s.offered):.0f}",
                f"{middle(of_peer, lambda s: s.rate):.0f}",
                f"{middle(of_peer, lambda s: s.cpu_us):.1f}",
                *(f"{middle(of_peer, of):.2f}" for of in (lambda s: s.p50, lambda s: s.p99, lambda s: s.p999)),
                f"{middle(of_peer, lambda s: s.least):.0f} {middle(of_peer, lambda s: s.most):.0f}",
                f"{middle(of_peer, lambda s: s.size):.0f}",
                lost,
                ratio,
            )
        )
    head = (
        "server",
        "changes/s",
        "msg/s",
        "CPU us/msg",
        "p50 ms",
        "p99",
        "p99.9",
        "a stream: least most",
        "bytes",
        "errors",
    )
    harness.print_table((*head, "onebook / it"), rows)


def middle(samples: Sequence[load.Sample], value: Callable[[load.Sample], float]) -> float:
    return median(map(value, samples))


def print_goals(saturated: dict[str, list[load.Sample]]) -> None:
    """The targets, at 100 streams."""
    ours = saturated["onebook"]
    for name, goal in (("plain", 1.8), ("C++", 0.6)):
        if name in saturated:
            reached = paired_ratio(ours, saturated[name])
            verdict = "reached" if reached >= goal else "MISSED"
            print(f"goal: at 100 streams, saturated, at least {goal} x {name}: {reached:.2f} x, {verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short repetition at 100 streams, saturated")
    parser.add_argument("--streams", type=int, nargs="+", choices=sorted(PACED))
    parser.add_argument("--seconds", type=float, help="of each measurement (3)")
    parser.add_argument("--repetitions", type=int, help="(5)")
    options = parser.parse_args()
    options.seconds = options.seconds or (0.2 if options.quick else 3.0)
    options.repetitions = options.repetitions or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head("Fan-out of one book", ("grpcio", "protobuf"))
    print(NOTES)
    candidates = peers()
    loads = [("saturated", SATURATED)] if options.quick else [("paced", PACED), ("saturated", SATURATED)]
    for streams in options.streams or ([100] if options.quick else PACED):
        for label, rates in loads:
            print(f"{streams} streams, {label}: {rates[streams]} changes/s")
            samples = compare(candidates, streams, rates[streams], options)
            print_samples(samples)
        if streams == 100:
            print_goals(samples)
            print()


if __name__ == "__main__":
    main()
