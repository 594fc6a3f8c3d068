"""Runs a server and the C++ reader against one another, each on its core, and says what came through at what cost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from benchmarks import machine, python_process, stack

WARM_UP = 1.0
PYTHON = [sys.executable, "-m"]

P = TypeVar("P", bound="LineProcess")


class LineProcess:
    """A helper process that is asked and answers line by line, and ends with its stdin."""

    def __init__(self, command: Sequence[str], core: int) -> None:
        if command[:2] == PYTHON:
            self._process: python_process.Started = python_process.start(command[2:], core)
        else:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: machine.pin(core)
            )

    def __enter__(self: P) -> P:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """The next line. Raises RuntimeError when the process is gone."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a helper process ended with status {self._process.wait()}")
        return line


class Server(LineProcess):
    """One of the servers of fanout_peers, or the C++ one."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(command, machine.SERVER_CORE)
        self.port = int(self.hear())

    def updates(self) -> int:
        """Changes it made so far."""
        self.say("")
        return int(json.loads(self.hear())["updates"])


def python_server(name: str, rate: float, spread: bool = False) -> list[str]:
    """Command of a server in fanout_peers; `spread`: it uses all cores."""
    return [sys.executable, "-m", "benchmarks.fanout_peers", name, str(rate), *(["spread"] if spread else [])]


def cpp_server(program: Path, rate: float) -> list[str]:
    """Command of the C++ server."""
    return [str(program), str(rate), _without_header(stack.sample_message()).hex()]


def _without_header(message: bytes) -> bytes:
    """The fields of the book after its header."""
    from onebook.v1 import market_data_pb2

    book = market_data_pb2.StreamBookResponse.FromString(message).book
    book.ClearField("header")
    return book.SerializeToString()


@dataclass(frozen=True)
class Sample:
    """What one measurement saw."""

    rate: float
    """Messages a second that arrived, all live streams together."""
    offered: float
    """Changes a second that the server's feed made."""
    cpu_us: float
    """Microseconds of processor of the server for each message that arrived: of its process and those it started."""
    helpers_us: float
    """Those of the processes that it started."""
    p50: float
    p99: float
    p999: float
    """Milliseconds from the change of a book to the message in the client."""
    least: float
    most: float
    """Messages a second of the worst and the best served live stream."""
    disordered: int
    ended: int
    closed: int
    growth: float
    """MB that the server's resident memory grew while it was measured."""
    size: float
    """Bytes of a message."""


def reader_program(tls: bool = False) -> Path:
    """The compiled reader, of plain connections or of TLS. Ends the program where it cannot be built."""
    if tls:
        flags = machine.library_flags("openssl")
        program = machine.compiled("reader", ["-DREADER_TLS", *flags], "_tls") if flags else None
        needs = "g++, pkg-config and libssl-dev"
    else:
        program, needs = machine.compiled("reader"), "g++"
    if program is None:
        raise SystemExit(f"this benchmark needs {needs} for its load client, benchmarks/reader.cc")
    return program


def measure(
    server: Server, streams: int, seconds: float, stalled: int = 0, frozen: int = 0, tls: bool = False
) -> Sample:
    """Lets `streams` clients read for a while, `stalled` and `frozen` of them not."""
    command = [str(reader_program(tls)), str(server.port), stack.METHOD, "", *map(str, (streams, stalled, frozen))]
    with LineProcess(command, machine.CLIENT_CORE) as reader:
        time.sleep(min(WARM_UP, seconds) + streams * 0.002)
        memory = machine.resident(server.pid)
        updates = server.updates()
        reader.say("b")
        helping = machine.children(server.pid)
        cpu, helpers = machine.cpu_seconds(server.pid), sum(map(machine.cpu_seconds, helping))
        time.sleep(seconds)
        cpu = machine.cpu_seconds(server.pid) - cpu
        helpers = sum(map(machine.cpu_seconds, helping)) - helpers
        reader.say("e")
        seen = json.loads(reader.hear())
        updates = server.updates() - updates
        growth = machine.resident(server.pid) - memory
    measured, messages = seen["seconds"], seen["messages"]
    return Sample(
        rate=messages / measured,
        offered=updates / measured,
        cpu_us=(cpu + helpers) / max(1, messages) * 1e6,
        helpers_us=helpers / max(1, messages) * 1e6,
        p50=seen["p50"],
        p99=seen["p99"],
        p999=seen["p999"],
        least=seen["least"] / measured,
        most=seen["most"] / measured,
        disordered=seen["disordered"],
        ended=seen["ended"],
        closed=seen["closed"],
        growth=growth,
        size=seen["bytes"] / max(1, messages),
    )
