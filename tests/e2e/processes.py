"""The processes of the end-to-end tests: a simulator with its control port, a server, and whatever talks to them.

Every process is started through a `Yard`, which ends them all, whatever the test did, and then reads their logs.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import grpc

from onebook.v1 import market_data_pb2_grpc as stubs
from tests import prepared
from tests.transport.servers import NATIVE, processes_of
from tests.waiting import eventually

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
VENUES = ("binance", "binance_us", "bitstamp")
"""What is simulated and read unless a test says otherwise."""
PATIENCE = 60.0
"""Seconds before a wait gives up: far longer than anything takes on an idle machine."""
POLL = 0.02
_SERVES = re.compile(r"onebook serves .* on \S+:(\d+), books in")
_HTTP = build_opener(ProxyHandler({}))

Row = tuple[Decimal, Decimal]


def environment(**changes: str) -> dict[str, str]:
    """The environment of child processes: importable checkout, no proxies, no leftovers of the caller."""
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    path = os.pathsep.join([str(ROOT), str(ROOT / "proto")])
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **changes}


class Process:
    """A child process whose output goes to files."""

    def __init__(self, folder: Path, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.popen = prepared.start(command, env or environment(), out.fileno(), err.fileno())

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def output(self) -> str:
        """Standard output so far."""
        return self.out.read_text("utf-8", "replace")

    def errors(self) -> str:
        """Standard error so far."""
        return self.err.read_text("utf-8", "replace")

    def say(self, line: str) -> None:
        """One line to its standard input."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """The exit status."""
        return self.popen.wait(timeout)

    def stop(self) -> int:
        """Asks, then kills."""
        if self.running:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.popen.stdin is not None:
            self.popen.stdin.close()
        return self.wait()

    def kill(self) -> None:
        """kill -9."""
        self.signal(signal.SIGKILL)
        self.wait()

    @contextmanager
    def stopped_on_failure(self) -> Iterator[None]:
        """Around what a start waits for: a process that did not come up is not left behind."""
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def wait_for(self, found: Callable[[], T], what: str) -> T:
        """Like eventually(), but gives up at once when the process has ended."""

        def look() -> T | None:
            value = found()
            if not value and not self.running:
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}: {self.errors()[-2000:]}")
            return value

        value: T | None = eventually(look, f"{self.name}: {what}")
        assert value is not None
        return value


@dataclass(frozen=True)
class Truth:
    """A venue's true book, best first."""

    sequence: int
    bids: list[Row]
    asks: list[Row]


class Simulator(Process):
    """`onebook sim` with a control port."""

    def __init__(self, folder: Path, name: str, *flags: str) -> None:
        self.config = folder / f"{name}.toml"
        command = ["-m", "simulator", "--json", "--control-port", "0", "--write-config", str(self.config)]
        command += [*_default_venues(flags), *flags]
        super().__init__(folder, name, command)
        with self.stopped_on_failure():
            said = json.loads(self.wait_for(lambda: self.output().partition("\n")[0], "its addresses"))
        self.venues: dict[str, dict[str, str]] = said["venues"]
        self.control: str = said["control"]

    def ask(self, path: str, **query: object) -> Any:
        """What the control port answers."""
        try:
            with _HTTP.open(f"{self.control}/{path}?{urlencode(query)}", timeout=PATIENCE) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise AssertionError(f"{path} {query}: {error.read().decode()}") from None

    def step(self, count: int = 1) -> None:
        """Moves a manual market."""
        self.ask("step", n=count)

    def fault(self, venue: str, kind: str, **keys: object) -> None:
        """Injects a fault; `lasting` is the key `for`."""
        if "lasting" in keys:
            keys["for"] = keys.pop("lasting")
        self.ask("fault", venue=venue, kind=kind, **keys)

    def clear(self) -> None:
        """Ends all faults."""
        self.ask("clear")

    def truth(self, venue: str, pair: str, levels: int | None = None) -> Truth:
        """A venue's true book now."""
        query: dict[str, object] = {"venue": venue, "pair": pair}
        found = self.ask("truth", **query, **({} if levels is None else {"levels": levels}))
        return Truth(found["sequence"], _rows(found["bids"]), _rows(found["asks"]))

    def state(self, venue: str) -> Any:
        """Connections, streams and counters of a venue."""
        return self.ask("state")["venues"][venue]


class Server(Process):
    """`server.py` on a port of its own choosing."""

    COMMAND: tuple[str, ...] = ("server.py",)

    def __init__(
        self, folder: Path, name: str, *flags: str, env: Mapping[str, str] | None = None, serving: bool = True
    ) -> None:
        command = [*self.COMMAND, "--port", "0", "--log-json", *_default_venues(flags), *flags]
        super().__init__(folder, name, command, environment(**env) if env else None)
        self.port = 0
        if serving:
            with self.stopped_on_failure():
                self.wait_until_serving()

    def wait_until_serving(self) -> None:
        """Reads the port from the log."""
        said = self.wait_for(lambda: _SERVES.search(self.errors()), "its port")
        assert said is not None
        self.port = int(said[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def log(self) -> list[dict[str, str]]:
        """The log's whole lines."""
        return [json.loads(line) for line in self.errors().splitlines() if line.startswith("{") and line.endswith("}")]

    def said(self, text: str, level: str | None = None) -> list[str]:
        """Messages of the log with this text."""
        return [
            entry["message"]
            for entry in self.log()
            if text in entry["message"] and (level is None or entry["level"] == level)
        ]

    @contextmanager
    def client(self) -> Iterator[stubs.MarketDataServiceStub]:
        """A stub on a channel of its own."""
        with grpc.insecure_channel(self.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            yield stubs.MarketDataServiceStub(channel)


class Yard:
    """Starts processes in a folder and ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[Process] = []

    def simulator(self, *flags: str, name: str = "sim") -> Simulator:
        return self._keep(lambda unique: Simulator(self.folder, unique, *flags), name)

    def server(
        self,
        *flags: str,
        name: str = "server",
        env: Mapping[str, str] | None = None,
        serving: bool = True,
        kind: type[Server] = Server,
    ) -> Server:
        return self._keep(lambda unique: kind(self.folder, unique, *flags, env=env, serving=serving), name)

    def serve(self, simulator: Simulator, *flags: str, transport: str = "", **options: Any) -> Server:
        """A server of this simulator's venues and pairs; `transport`: one of those that tests know."""
        if transport:
            spoken = "native" if transport in NATIVE else transport
            options["env"] = {**options.get("env", {}), "ONEBOOK_TRANSPORT": spoken}
            flags += ("--serve-processes", str(processes_of(transport)))
        return self.server("--config", str(simulator.config), *flags, **options)

    def process(self, *command: str, name: str) -> Process:
        return self._keep(lambda unique: Process(self.folder, unique, command), name)

    def run(self, *command: str, timeout: float = PATIENCE, said: str = "") -> subprocess.CompletedProcess[str]:
        """A command to its end; `said` is its standard input."""
        return prepared.run(command, environment(), timeout, said)

    def _keep(self, start: Callable[[str], _P], name: str) -> _P:
        taken = {process.name for process in self.processes}
        unique = next(each for each in (name, *(f"{name}-{n}" for n in range(2, 999))) if each not in taken)
        process = start(unique)
        self.processes.append(process)
        return process

    def close(self) -> None:
        """Ends everything, then asserts that nobody logged a traceback."""
        for process in reversed(self.processes):
            process.stop()
        for process in self.processes:
            text = process.errors()
            assert "Traceback" not in text, f"{process.name} logged a traceback:\n{text[-4000:]}"


_P = TypeVar("_P", bound=Process)


def _default_venues(flags: Sequence[str]) -> tuple[str, ...]:
    """The flag for our own few venues, where neither flags nor a file say which: no test asks a real exchange."""
    return () if {"--venues", "--config"} & set(flags) else ("--venues", ",".join(VENUES))


def _rows(rows: Sequence[Sequence[str]]) -> list[Row]:
    return [(Decimal(price), Decimal(size)) for price, size in rows]
