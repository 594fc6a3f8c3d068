"""A benchmark with --quick, whose processes of Python are forked: python -m tests.benchmarks.quick NAME [WORDS]"""

from __future__ import annotations

import io
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from benchmarks import machine, python_process
from tests import prepared


class Forked:
    """A prepared process, with the pipes and the calls of subprocess.Popen that benchmarks use."""

    def __init__(
        self, words: Sequence[str], core: int | None = None, *, log: IO[bytes] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        environment = {**os.environ, **(more or {})}
        before = os.sched_getaffinity(0)
        if core is not None:
            machine.pin(core)
        try:
            if log is not None:
                self._process = prepared.PreparedProcess(["-m", *words], environment, log.fileno(), log.fileno())
                self.stdout: IO[str] | None = None
            else:
                ours, theirs = os.pipe()
                self.stdout = os.fdopen(ours)
                try:
                    self._process = prepared.PreparedProcess(["-m", *words], environment, theirs, 2)
                finally:
                    os.close(theirs)
        finally:
            os.sched_setaffinity(0, before)
        assert self._process.stdin is not None
        self.stdin: IO[str] | None = io.TextIOWrapper(self._process.stdin)
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        return self._process.wait(timeout)

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)


def main(name: str, *words: str) -> None:
    python_process.start = Forked
    sys.argv = [name, "--quick", *words]
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
