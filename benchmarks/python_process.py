"""Processes of Python that take part in a benchmark."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

from benchmarks import machine


class Started(Protocol):
    """What is used of subprocess.Popen."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def start(
    words: Sequence[str],
    core: int | None = None,
    *,
    log: IO[bytes] | None = None,
    more: Mapping[str, str] | None = None,
) -> Started:
    """`python -m WORDS` on one core, or on those of this thread; with a log both outputs go there.

    `more`: what its environment has besides ours."""
    return subprocess.Popen(
        [sys.executable, "-m", *words], stdin=subprocess.PIPE, stdout=log or subprocess.PIPE,
        stderr=None if log is None else log, text=True, env={**os.environ, **(more or {})}, cwd=machine.ROOT,
        preexec_fn=None if core is None else lambda: machine.pin(core),
    )  # fmt: skip


def outcome(process: Started) -> str:
    """What it prints until its end. Raises RuntimeError where it fails."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    with process.stdout:
        text = process.stdout.read()
    if status := process.wait():
        raise RuntimeError(f"a process of the benchmark ended with status {status}")
    return text
