"""A service behind serving processes, and clients of which it is known which process serves them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import grpc

from server.api.calls import Unary
from server.publish.channel import Channel
from server.transport.native.processes.serving_process import mark_of
from tests.waiting import eventually

from ...service_rig import SECONDS, ServiceRig

ALONE = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]


class Reader:
    """A client with a connection of its own, which reads the stream and begins it anew where it breaks."""

    def __init__(self, rig: ProcessRig) -> None:
        self.messages: list[bytes] = []
        self.breaks: list[float] = []
        """Seconds from each break to the next message."""
        self.reading = threading.Event()
        self._rig = rig
        self._over = False
        self._channel: Any = grpc.insecure_channel(rig.target, ALONE)
        known = {call for process in rig.processes() for call in process.calls}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.reading.wait(SECONDS)
        (self.process,) = {mark_of(call) & 15 for process in rig.processes() for call in process.calls - known}

    def _run(self) -> None:
        broken = 0.0
        while not self._over:
            stream = self._channel.unary_stream("/a.Service/Read")(b"", wait_for_ready=True)
            self.stream = stream
            try:
                for message in stream:
                    if broken:
                        self.breaks.append(time.monotonic() - broken)
                        broken = 0.0
                    self.messages.append(message)
                    self.reading.set()
            except grpc.RpcError:
                broken = broken or time.monotonic()

    def has(self, message: bytes) -> bool:
        """Whether this is what it has read last."""
        return self.messages[-1:] == [message]

    def close(self) -> None:
        self._over = True
        self.stream.cancel()
        self._channel.close()
        self._thread.join(10.0)


class ProcessRig(ServiceRig):
    """A stream, and a call that answers at once."""

    def __init__(self, channel: Channel, processes: int = 2, **options: Any) -> None:
        options = {"limit": 200, **options}
        super().__init__(f"native-{processes}-processes", channel, {"Echo": Unary(bytes, bytes)}, **options)
        eventually(lambda: len([each for each in self.processes() if each.listens]) == processes, "all serve")

    def processes(self) -> list[Any]:
        """Those that live."""
        return list(self.server._engine._by_mark.values())  # noqa: SLF001 - no answer shows it

    def process(self, number: int) -> Any:
        """The one that sits in this seat now; None while it is dead."""
        return next((each for each in self.processes() if each.number == number), None)

    def kill(self, number: int, by: int = signal.SIGKILL) -> None:
        os.kill(self.process(number).pid, by)

    def lives(self, number: int, but: int) -> bool:
        """Whether a process that is not the one with this pid serves in this seat."""
        found = self.process(number)
        return found is not None and found.pid != but and bool(found.listens)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def spread(rig: ProcessRig, processes: int) -> list[Reader]:
    """Readers of which each process serves some."""
    readers: list[Reader] = []
    while len({reader.process for reader in readers}) < processes or len(readers) < 2 * processes:
        readers.append(Reader(rig))
        assert len(readers) < 60, "connections are not spread"
    return readers
