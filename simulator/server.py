"""The simulator: exchanges on loopback ports over one generated market or a capture, on an event loop of its own.

with Simulator(SimulatorConfig(pairs=["BTC/USDT"])) as sim:
    venue, address = next(iter(sim.endpoints.items()))  # address.ws, address.rest
    sim.inject(Fault(venue, "silence", duration=5))
    sim.truth(venue, "BTC/USDT").bids
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .config import ConfigError, SimulatorConfig, exchanges_of, pairs_of
from .control import ControlServer
from .endpoint import Endpoint
from .faults import Fault, FaultError
from .instruments import Pair
from .market import Market
from .replay import CaptureError, Replay

T = TypeVar("T")
MANUAL_START_US = 1_760_000_000_000_000


@dataclass(frozen=True)
class Address:
    """Where a venue is."""

    ws: str
    rest: str


@dataclass(frozen=True)
class Truth:
    """A venue's true book as decimal text, best first, with the sequence its last published diff carries."""

    sequence: int
    time_us: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]
    contract: str = ""  # what a size of 1 is, such as "0.01 BTC"; "" is one of the base asset


class Simulator:
    """Runs the exchanges in a background thread between start and stop (or as a context manager)."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.pairs = pairs_of(self.config)
        self.hosts: dict[str, Endpoint] = {}
        self.endpoints: dict[str, Address] = {}
        self.steps = 0
        self.market: Market | None = None
        self.replay: Replay | None = None
        self.control: ControlServer | None = None
        self._start_us = MANUAL_START_US if self.config.manual else time.time_ns() // 1000
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._stop: asyncio.Event | None = None
        self._changed = threading.Condition()
        self._build()

    # -- for callers in other threads ---------------------------------------------------------------------------

    def __enter__(self) -> "Simulator":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Open the ports and run. Raises OSError when a port is taken."""
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Close everything and wait for the thread."""
        loop, stop = self._loop, self._stop
        if self._thread is None or loop is None or stop is None:
            return
        if self._thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        self._thread.join()
        self._thread = None

    def call(self, work: Callable[[], T]) -> T:
        """Run `work` on the simulator's thread and return what it returns."""
        loop = self._loop
        if loop is None or threading.current_thread() is self._thread:
            return work()

        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), loop).result(30)

    def step(self, count: int = 1) -> None:
        """Advance a manual simulator by `count` market steps (with a capture: by `count` records)."""
        self.call(lambda: self.step_here(count))

    def inject(self, fault: Fault) -> None:
        """Start or schedule a fault (seconds of Fault.at count from the start of the simulation)."""
        self.check_fault(fault)
        self.call(lambda: self.inject_here(fault))

    def clear_faults(self) -> None:
        """End all faults at once and forget the scheduled ones."""
        self.call(self.clear_faults_here)

    def struck(self, kind: str) -> dict[str, int]:
        """By venue: how often faults of this kind have done something so far."""
        return self.call(lambda: {name: host.faults.hits_of.get(kind, 0) for name, host in self.hosts.items()})

    def truth(self, venue: str, pair: str, levels: int | None = None) -> Truth:
        """The true book of a venue. Raises KeyError for what is not simulated."""
        return self.call(lambda: self.truth_here(venue, pair, levels))

    def state(self) -> dict[str, object]:
        """Steps, connections, streams, counters and faults."""
        return self.call(self.state_here)

    def wait_for_listeners(self, venue: str, stream: str, count: int = 1, timeout: float = 10.0) -> None:
        """Wait until `count` connections listen to a stream. Raises TimeoutError."""
        host = self.hosts[venue]
        with self._changed:
            if not self._changed.wait_for(lambda: len(host.listeners.get(stream, ())) >= count, timeout):
                raise TimeoutError(f"{venue}: {len(host.listeners.get(stream, ()))} of {count} listen to {stream}")

    # -- on the simulator's own thread --------------------------------------------------------------------------

    def step_here(self, count: int) -> None:
        """`step`, for callers on the event loop."""
        for _ in range(count):
            if self.replay is not None:
                self.replay.step()
            else:
                self._step()

    def inject_here(self, fault: Fault) -> None:
        """`inject`, for callers on the event loop."""
        for host in self.hosts.values():
            host.inject(fault)

    def clear_faults_here(self) -> None:
        """`clear_faults`, for callers on the event loop."""
        for host in self.hosts.values():
            host.clear_faults()

    def check_fault(self, fault: Fault) -> None:
        """Raise FaultError when a fault names a venue or a pair that is not simulated."""
        if fault.venue != "*" and fault.venue not in self.hosts:
            raise FaultError(f"fault {fault.kind}: unknown venue {fault.venue!r}; running: {', '.join(self.hosts)}")
        if fault.pair is not None and fault.pair not in map(str, self.pairs):
            raise FaultError(f"fault {fault.kind}: unknown pair {fault.pair!r}")

    def truth_here(self, venue: str, pair: str, levels: int | None = None) -> Truth:
        """`truth`, for callers on the event loop."""
        if self.market is None:
            raise KeyError("a replayed capture has no truth")
        market = self.market.books[venue, Pair.parse(pair)]
        item, book = market.instrument, market.book
        bids, asks = (
            [(item.price_text(price), item.size_text(size)) for price, size in side.top(levels)]
            for side in (book.bids, book.asks)
        )
        return Truth(self.hosts[venue].exchange.sequence_of(market), market.time_us, bids, asks, item.contract)

    def state_here(self) -> dict[str, object]:
        """`state`, for callers on the event loop."""
        venues = {name: host.state() for name, host in self.hosts.items()}
        source = {"replay": self.replay.state()} if self.replay is not None else {"seed": self.config.seed}
        return {"steps": self.steps, "elapsed": self.elapsed(), **source, "venues": venues}

    def elapsed(self) -> float:
        """Seconds of simulated time."""
        return self.replay.elapsed if self.replay is not None else self.steps / self.config.rate

    def now_us(self) -> int:
        """The simulator's clock: real, or counted from steps when manual."""
        if self.config.manual:
            return self._start_us + round(self.steps * 1_000_000 / self.config.rate)
        return time.time_ns() // 1000

    # -- building and running -----------------------------------------------------------------------------------

    def _build(self) -> None:
        config = self.config
        exchanges = exchanges_of(config, self.pairs)
        if config.capture is None:
            self.market = Market(
                [exchange.terms for exchange in exchanges.values()], config.seed, 1.0 / config.rate, self._start_us,
                config.coupled,
            )  # fmt: skip
        for name, exchange in exchanges.items():
            if self.market is not None:
                exchange.bind(self.market.of_venue(name))
            host = Endpoint(exchange, config.seed, self.now_us)
            if config.manual:
                host.now = self.elapsed
            host.changed = self._notify
            self.hosts[name] = host
        if config.capture is not None:
            self._build_replay(config.capture)
        for fault in config.faults:
            self.check_fault(fault)
            for host in self.hosts.values():
                host.faults.schedule(fault, 0.0)

    def _build_replay(self, capture: str) -> None:
        if len(self.hosts) != 1:
            raise ConfigError("a capture is served by one venue: name it with --venue")
        if not Path(capture).exists():
            raise ConfigError(f"no such capture: {capture}")
        try:
            self.replay = Replay(capture, next(iter(self.hosts.values())), self.config.speed)
        except CaptureError as error:
            raise ConfigError(str(error)) from error

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _step(self) -> None:
        assert self.market is not None
        self.steps += 1
        elapsed = self.elapsed()
        for host in self.hosts.values():
            host.advance(elapsed)
        ticks = self.market.step({name: host.clock_us() for name, host in self.hosts.items()})
        for name, host in self.hosts.items():
            host.publish_ticks(ticks.get(name, []))
            if self.config.manual:
                host.pulse()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self._open()
            self._ready.set()
            beats = [] if self.config.manual else [asyncio.create_task(host.beat()) for host in self.hosts.values()]
            driver = asyncio.create_task(self._drive())
            stopped = asyncio.create_task(self._stop.wait())
            await asyncio.wait((driver, stopped, *beats), return_when=asyncio.FIRST_COMPLETED)
            for task in (driver, *beats):
                if task.done():
                    task.result()
                task.cancel()
        finally:
            if self.control is not None:
                await self.control.stop()
            await asyncio.gather(*(host.stop() for host in self.hosts.values()))

    async def _open(self) -> None:
        config = self.config
        for index, (name, host) in enumerate(self.hosts.items()):
            await host.start(config.host, config.port + index if config.port else 0)
            shown = reachable(config.host)
            self.endpoints[name] = Address(f"ws://{shown}:{host.port}", f"http://{shown}:{host.port}")
        if config.control_port is not None:
            self.control = ControlServer(self)
            await self.control.start(config.host, config.control_port)

    async def _drive(self) -> None:
        if self.config.manual:
            await asyncio.Event().wait()
        if self.replay is not None:
            await self.replay.run()
            await asyncio.Event().wait()
        loop, period = asyncio.get_running_loop(), 1.0 / (self.config.rate * self.config.speed)
        due = loop.time()
        while True:
            due += period
            if loop.time() - due > 1.0:  # the machine was asleep or overloaded: do not run after lost time
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._step()


def reachable(host: str) -> str:
    """A listening address as a client on this machine writes it in a URL."""
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{named}]" if ":" in named else named
