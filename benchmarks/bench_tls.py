"""What TLS adds to a message: each of our transports with it and without, in turns.

    python -m benchmarks.bench_tls [--quick] [--streams N] [--rate R] [--seconds S] [--repetitions N]

The server has one core and the client, a C++ reader, the other, as in bench_fanout. Handshakes are over before the
measurement begins. Needs Linux, g++, pkg-config, libssl-dev and the openssl command.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import harness, load, machine
from server.transport.native import AVAILABLE

TRANSPORTS = {"native": "onebook-native", "grpcio": "onebook"}
GOAL = 1.5
"""Microseconds of processor that TLS may add to a message of the native transport."""


def make_certificate(folder: Path) -> None:
    """A key and a certificate of its own, as k.pem and c.pem."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout k.pem -out c.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


def compare(folder: Path, options: argparse.Namespace) -> dict[tuple[str, bool], list[load.Sample]]:
    """Samples by transport, and whether it was TLS."""
    found: dict[tuple[str, bool], list[load.Sample]] = {}
    for _ in range(options.repetitions):
        for name, peer in TRANSPORTS.items():
            for tls in (False, True):
                if name == "native" and not AVAILABLE:
                    continue
                command = [*load.python_server(peer, options.rate), *([str(folder)] if tls else [])]
                with load.Server(command) as server:
                    sample = load.measure(server, options.streams, options.seconds, tls=tls)
                found.setdefault((name, tls), []).append(sample)
    return found


def print_samples(samples: dict[tuple[str, bool], list[load.Sample]]) -> None:
    rows = []
    for (name, tls), of_peer in samples.items():
        added = ""
        if tls:
            added = f"{added_us(samples, name):+.1f}"
        rows.append(
            (
                f"{name}{' TLS' if tls else ''}",
                f"{median(each.rate for each in of_peer):.0f}",
                f"{median(each.cpu_us for each in of_peer):.1f}",
                added,
                f"{median(each.p50 for each in of_peer):.2f}",
                f"{median(each.p99 for each in of_peer):.2f}",
                f"{median(each.size for each in of_peer):.0f}",
            )
        )
    harness.print_table(("server", "msg/s", "CPU us/msg", "TLS adds us", "p50 ms", "p99", "bytes"), rows)


def added_us(samples: dict[tuple[str, bool], list[load.Sample]], name: str) -> float:
    """Microseconds of processor that TLS adds to a message: the median of the turns' differences."""
    pairs = zip(samples[name, True], samples[name, False], strict=True)
    return median(tls.cpu_us - plain.cpu_us for tls, plain in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short turn")
    parser.add_argument("--streams", type=int, default=100, help="(100)")
    parser.add_argument("--rate", type=float, default=100.0, help="changes per second (100)")
    parser.add_argument("--seconds", type=float, help="of each measurement (3)")
    parser.add_argument("--repetitions", type=int, help="(5)")
    options = parser.parse_args()
    options.seconds = options.seconds or (0.2 if options.quick else 3.0)
    options.repetitions = options.repetitions or (1 if options.quick else 5)
    machine.linux_only()
    machine.print_head("TLS of a message", ("grpcio",))
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(Path(folder))
        samples = compare(Path(folder), options)
    print_samples(samples)
    if AVAILABLE:
        reached = added_us(samples, "native")
        print(f"goal: TLS adds at most {GOAL} us to a message of native: {reached:.1f} us, {verdict(reached)}")


def verdict(added: float) -> str:
    return "reached" if added <= GOAL else "MISSED"


if __name__ == "__main__":
    main()
