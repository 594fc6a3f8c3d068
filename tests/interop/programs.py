"""The processes of the interop tests: the server, and a client whose steps are read as they come."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.captures import ROOT
from tests.e2e.processes import environment

from .python.shared import STEPS

SECONDS = 120
"""That the whole scenario may take: only one that hangs takes so long."""
__all__ = ["STEPS", "Server", "Step", "scenario"]


@dataclass(frozen=True)
class Step:
    """What a client says of one step."""

    name: str
    ok: bool
    detail: str


class Server:
    """tests/interop/served.py, from its port to its end."""

    def __init__(self, transport: str, files: Sequence[Path] = ()) -> None:
        self._asked = False
        command = [sys.executable, "-m", "tests.interop.served", transport, *map(str, files)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._process.communicate()[1]
        self.port = int(json.loads(line)["port"])

    @property
    def address(self) -> str:
        """A name, so that it is that of a certificate, too."""
        return f"localhost:{self.port}"

    def ask_to_stop(self) -> None:
        """Once: a second signal would end it without its drain."""
        if not self._asked:
            self._asked = True
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Stops it; how many calls of GetSummary it has answered."""
        self.ask_to_stop()
        try:
            output, errors = self._process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        assert self._process.returncode == 0, errors
        assert "Traceback" not in errors, errors
        return int(json.loads(output)["summaries"])


def scenario(command: Iterable[str | Path], on_ready: Callable[[], None]) -> dict[str, Step]:
    """Runs a client to its end; calls `on_ready` when its last step waits for the server to stop."""
    steps: dict[str, Step] = {}
    client = subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    watchdog = threading.Timer(SECONDS, client.kill)
    watchdog.start()
    try:
        for line in client.stdout:
            step = Step(**json.loads(line))
            steps[step.name] = step
            if step.name == "ready":
                # Calls are under way by then, and some more streams have messages.
                threading.Timer(0.5, on_ready).start()
        client.wait(SECONDS)
    finally:
        watchdog.cancel()
        client.kill()
        client.stdout.close()
        client.wait()
    return steps
