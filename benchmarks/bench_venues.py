"""Many venues and markets at once: eight simulated exchanges, one server, 100 gRPC streams, each a process of its own.

    python -m benchmarks.bench_venues [--quick] [--markets N ...] [--rate R] [--seconds S] [--streams N]

The exchanges keep their limits of connects, messages and requests. The server has one core, the exchanges and the
reader the other. The exchanges are Python and dearer than the server that reads them: with many markets they move less
often, and cost is therefore told for 1,000 frames. Needs Linux and g++.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import harness, load, machine, stack
from onebook.v1 import market_data_pb2, types_pb2
from tests.e2e.processes import Server, Simulator, Yard

VENUES = ("binance", "bitstamp", "kraken", "okx", "bybit", "bitfinex", "coinbase_exchange", "kucoin")
NAMED = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LTC", "LINK", "DOT", "AVAX")
RATES = {1: 10.0, 3: 10.0, 10: 10.0, 30: 3.0, 100: 0.5}
"""Steps a second by markets: what the exchanges can do on a core that the reader shares."""
STREAMS = 100
SETTLE = 3.0
STILL = 2.0
"""Seconds in which the markets stand still: shorter than any silence after which a book is doubted."""
UNREAD = 7.0
"""Seconds after which the server has forgotten what nobody reads any more."""
PATIENCE = 300.0
LOOK = 0.5


@dataclass(frozen=True)
class Cost:
    """What the processes spent in some seconds, and what the exchanges sent meanwhile."""

    seconds: float
    server: float
    exchanges: float
    """Seconds of processor."""
    frames: int
    bytes: int
    steps: int


@dataclass(frozen=True)
class Sample:
    """One number of markets."""

    markets: int
    rate: float
    start: float
    """Seconds from the start of the server to the last book that came live, the pace of connects included."""
    live: int
    """Books live after the measurement."""
    alone: Cost
    """Nobody subscribed."""
    served: Cost
    """With all streams."""
    still: Cost
    """Nobody subscribed, and the markets stood still."""
    delivered: float
    """Messages a second that arrived, all streams together."""
    states: float
    """Merged books a second that were published, whoever read them."""
    server_latency: tuple[float, float]
    exchange_latency: tuple[float, float]
    """p50 and p99 in ms: from the receipt of the frame, and from the exchange's stamp in it, to the reader."""
    resident: float
    threads: int
    connections: int
    lost: int
    """Messages out of order and streams that ended."""

    @property
    def frame_us(self) -> float:
        """Processor for one more frame, nobody subscribed: what the server needs while nothing moves is left out."""
        share = self.alone.seconds / self.still.seconds
        return (self.alone.server - self.still.server * share) / (self.alone.frames - self.still.frames * share) * 1e6

    @property
    def message_us(self) -> float:
        """Processor of merging, encoding and sending, for one message that arrived."""
        share = self.served.frames / self.alone.frames
        return (self.served.server - self.alone.server * share) / (self.delivered * self.served.seconds) * 1e6


def pairs(markets: int) -> list[str]:
    """That many pairs: known ones first, then invented ones."""
    bases = [*NAMED, *(f"C{number:03}" for number in range(markets))][:markets]
    return [f"{base}/USDT" for base in bases]


def flags(markets: int, rate: float) -> list[str]:
    """The exchanges' command line."""
    return ["--venues", ",".join(VENUES), "--rate", f"{rate:g}", *(f"--pair={pair}" for pair in pairs(markets))]


def config_of(yard: Yard, simulator: Simulator, markets: int) -> Path:
    """The server's configuration file. The venues' past is left out: loading it goes on for minutes after the start."""
    lines = [f"pairs = [{', '.join(map(repr, pairs(markets)))}]", "levels = 10", "candle_history = 0"]
    for name, address in simulator.venues.items():
        lines += ["", f"[venues.{name}]", f'ws = "{address["ws"]}"', f'rest = "{address["rest"]}"']
    path = yard.folder / "server.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# -- measuring


class Clockwork:
    """Reads what the server and the exchanges have spent."""

    def __init__(self, simulator: Simulator, server: Server) -> None:
        self._simulator, self._server = simulator, server

    def over(self, seconds: float) -> Cost:
        """Waits so long; what it took."""
        before, began = self._read(), time.monotonic()
        time.sleep(seconds)
        after, elapsed = self._read(), time.monotonic() - began
        server, exchanges, frames, size, steps = (end - start for start, end in zip(before, after, strict=True))
        return Cost(elapsed, server, exchanges, round(frames), round(size), round(steps))

    def connections(self) -> int:
        """Websockets of all exchanges together."""
        return sum(venue["connections"] for venue in self._simulator.ask("state")["venues"].values())

    def _read(self) -> tuple[float, ...]:
        state = self._simulator.ask("state")
        counters = [venue["counters"] for venue in state["venues"].values()]
        totals = [sum(counter[name] for counter in counters) for name in ("frames", "bytes")]
        spent = [machine.cpu_seconds(process.pid) for process in (self._server, self._simulator)]
        return (*spent, *totals, state["steps"])


def live_books(server: Server, markets: int) -> int:
    """Books that are live now, of markets x venues."""
    with server.client() as stub:
        statuses = [
            stub.GetVenueStatus(market_data_pb2.GetVenueStatusRequest(market=pair)).status for pair in pairs(markets)
        ]
    return sum(venue.state == types_pb2.VENUE_STATE_LIVE for status in statuses for venue in status.venues)


def reader_of(server: Server, markets: int, streams: int) -> list[str]:
    """The reader's command line: the streams share the markets evenly."""
    requests = [market_data_pb2.StreamBookRequest(market=pair).SerializeToString().hex() for pair in pairs(markets)]
    counts = map(str, (max(streams, markets), 0, 0))
    return [str(load.reader_program()), str(server.port), stack.METHOD, ",".join(requests), *counts]


def measure(yard: Yard, markets: int, rate: float, options: argparse.Namespace) -> Sample:
    """Starts everything for so many markets, waits for the books, and reads the meters."""
    machine.pin(machine.CLIENT_CORE)  # What is started from here on inherits it.
    simulator = yard.simulator(*flags(markets, rate))
    machine.pin(machine.SERVER_CORE)
    began = time.monotonic()
    server = yard.server("--config", str(config_of(yard, simulator, markets)), "--venues", ",".join(VENUES))
    machine.pin(machine.CLIENT_CORE)
    return _measured(simulator, server, markets, rate, began, options)


def _measured(
    simulator: Simulator, server: Server, markets: int, rate: float, began: float, options: argparse.Namespace
) -> Sample:
    books, meters = markets * len(VENUES), Clockwork(simulator, server)
    while (live := live_books(server, markets)) < books:
        if time.monotonic() > began + PATIENCE:
            raise SystemExit(f"{live} of {books} books were live after {PATIENCE:g} s")
        time.sleep(LOOK)
    start = time.monotonic() - began
    with load.LineProcess(reader_of(server, markets, options.streams), machine.CLIENT_CORE) as reader:
        time.sleep(SETTLE)
        reader.say("b")
        served = meters.over(options.seconds)
        reader.say("e")
        seen = json.loads(reader.hear())
    live = live_books(server, markets)
    time.sleep(UNREAD)
    alone = meters.over(options.seconds)
    simulator.fault("*", "calm", lasting="60s")
    time.sleep(0.1)
    still = meters.over(STILL)
    return Sample(
        markets=markets,
        rate=rate,
        start=start,
        live=live,
        alone=alone,
        served=served,
        still=still,
        delivered=seen["messages"] / seen["seconds"],
        states=seen["states"] / seen["seconds"],
        server_latency=(seen["p50"], seen["p99"]),
        exchange_latency=(seen["exchange_p50"], seen["exchange_p99"]),
        resident=machine.resident(server.pid),
        threads=psutil.Process(server.pid).num_threads(),
        connections=meters.connections(),
        lost=seen["disordered"] + seen["ended"] + seen["closed"],
    )


# -- telling


def print_samples(samples: Sequence[Sample]) -> None:
    rates = ("markets", "steps/s", "of", "frames/s", "MB/s", "merged books/s", "messages/s", "cores: server",
             "unsubscribed", "still", "us/frame", "us/message", "cores: exchanges")  # fmt: skip
    harness.print_table(rates, [_rates(sample) for sample in samples])
    sizes = ("markets", "books live", "of", "all live after s", "connections", "threads", "MB", "from receipt p50 ms",
             "p99", "from the exchange's stamp p50 ms", "p99", "errors")  # fmt: skip
    harness.print_table(sizes, [_sizes(sample) for sample in samples])
    for sample in samples:
        if sample.served.steps < 0.97 * sample.rate * sample.served.seconds:
            print(f"{sample.markets} markets: the exchanges could not keep their pace")


def _rates(sample: Sample) -> tuple[object, ...]:
    served = sample.served
    return (
        sample.markets,
        f"{served.steps / served.seconds:.1f}",
        f"{sample.rate:g}",
        f"{served.frames / served.seconds:.0f}",
        f"{served.bytes / served.seconds / 1e6:.2f}",
        f"{sample.states:.0f}",
        f"{sample.delivered:.0f}",
        *(f"{cost.server / cost.seconds:.3f}" for cost in (served, sample.alone, sample.still)),
        f"{sample.frame_us:.0f}",
        f"{sample.message_us:.0f}",
        f"{served.exchanges / served.seconds:.2f}",
    )


def _sizes(sample: Sample) -> tuple[object, ...]:
    latencies = (*sample.server_latency, *sample.exchange_latency)
    return (
        sample.markets,
        sample.live,
        sample.markets * len(VENUES),
        f"{sample.start:.0f}",
        sample.connections,
        sample.threads,
        f"{sample.resident:.0f}",
        *(f"{latency:.1f}" for latency in latencies),
        sample.lost,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1 market, 1 s each")
    parser.add_argument("--markets", type=int, nargs="+", metavar="N", help=f"({' '.join(map(str, RATES))})")
    parser.add_argument("--rate", type=float, help="market steps a second (10 up to 10 markets, then fewer)")
    parser.add_argument("--seconds", type=float, help="of each measurement (15)")
    parser.add_argument("--streams", type=int, default=STREAMS, help="gRPC streams, at least one a market (100)")
    options = parser.parse_args()
    options.seconds = options.seconds or (1.0 if options.quick else 15.0)
    machine.linux_only()
    packages = ("grpcio", "protobuf", "websocket-client", "websockets")
    machine.print_head(f"Many markets on {len(VENUES)} venues", packages)
    print(f"venues: {', '.join(VENUES)}\n{options.streams} streams of the merged top 10\n")
    load.reader_program()
    samples = []
    for markets in options.markets or ((1,) if options.quick else RATES):
        rate = options.rate or next((rate for most, rate in RATES.items() if markets <= most), min(RATES.values()))
        with tempfile.TemporaryDirectory() as folder:
            yard = Yard(Path(folder))
            try:
                samples.append(measure(yard, markets, rate, options))
            finally:
                yard.close()
    print_samples(samples)


if __name__ == "__main__":
    main()
