"""Programs of Python that begin where their imports end: forked from a process that has imported what they import.

A server imports for 0.4 s of processor before it reads its flags, and the tests start servers and simulators by the
hundred. What a true start shows, as signals during the imports, is tested on `python server.py` itself.
"""

from __future__ import annotations

import atexit
import fcntl
import io
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import forkserver, spawn
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
PROCESSES = multiprocessing.get_context("forkserver")
"""Whose processes come from the prepared one, which is started with the first of them."""
PROCESSES.set_forkserver_preload(["tests.prepared_imports"])
# What the interpreter, or a module while it is imported, reads of the environment.
_READ_EARLY = ("PYTHON", "ONEBOOK_PURE", "ONEBOOK_DEBUG")
_MATTERS_NOT = ("PYTHONPATH", "PYTHONUNBUFFERED")


def suits(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a program can be forked: a file or a module, in an environment that imports the same."""
    return _early(environment) == _early(os.environ) and (command[0] == "-m" or command[0].endswith(".py"))


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name.startswith(_READ_EARLY) and name not in _MATTERS_NOT
    }


def start(
    command: Sequence[str], environment: Mapping[str, str], out: int, err: int, folder: Path = ROOT,
    *, starts_others: bool = False,
) -> PreparedProcess | subprocess.Popen[bytes]:  # fmt: skip
    """`python COMMAND` in a folder, with a session of its own and files for its output: forked where that suits.
    `starts_others`: it may call this function itself."""
    if suits(command, environment):
        return PreparedProcess(command, environment, out, err, folder, starts_others)
    return subprocess.Popen(
        [sys.executable, *command], cwd=folder, env=dict(environment), stdin=subprocess.PIPE, stdout=out, stderr=err,
        start_new_session=True,
    )  # fmt: skip


def run(
    command: Sequence[str], environment: Mapping[str, str], timeout: float = 60.0, said: str = "", folder: Path = ROOT,
    *, starts_others: bool = False,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """`python COMMAND` to its end; `said` is its standard input."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(command, environment, out.fileno(), err.fileno(), folder, starts_others=starts_others)
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(said.encode())
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            raise
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(
            [sys.executable, *command], status, *(file.read().decode("utf-8", "replace") for file in (out, err))
        )


class PreparedProcess:
    """What subprocess.Popen is for `python COMMAND`, with a session of its own and files for output."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], out: int, err: int, folder: Path = ROOT,
        starts_others: bool = False, inherited: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """`inherited`: descriptors that it has besides, under the same numbers."""
        theirs, ours = os.pipe()
        self.stdin: IO[bytes] | None = os.fdopen(ours, "wb")
        server: Any = forkserver._forkserver  # noqa: SLF001
        server.ensure_running()
        own = (list(command), dict(environment), folder, _cores(), _Descriptors(theirs, out, err, inherited))
        address = server._forkserver_address if starts_others else None  # noqa: SLF001
        self._process: BaseProcess = PROCESSES.Process(target=_run, args=(*own, address), daemon=True)
        try:
            self._process.start()
        finally:
            os.close(theirs)
        assert self._process.pid is not None
        self.pid: int = self._process.pid
        self._lock = threading.Lock()

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        """The exit status, if the process has ended."""
        with self._lock:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once the process has ended."""
        if not wait([self._process.sentinel], timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        status = self.poll()
        assert status is not None
        return status

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        """A signal, if the process has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class _Descriptors:
    """Those that cross to the process: of standard input, output and error, and of others under their numbers."""

    def __init__(self, read: int, out: int, err: int, inherited: Sequence[int]) -> None:
        self._ours = {0: read, 1: out, 2: err, **{number: number for number in inherited}}

    def __getstate__(self) -> dict[str, Any]:
        return {"_ours": {number: DupFd(descriptor) for number, descriptor in self._ours.items()}}

    def __setstate__(self, crossed: dict[str, Any]) -> None:
        self._ours = {number: each.detach() for number, each in crossed["_ours"].items()}

    def install(self) -> None:
        """Puts them under their numbers."""
        above = max(*self._ours, *self._ours.values()) + 1
        for number, descriptor in self._ours.items():
            self._ours[number] = fcntl.fcntl(descriptor, fcntl.F_DUPFD, above)
            os.close(descriptor)
        for number, descriptor in self._ours.items():
            os.dup2(descriptor, number)
            os.close(descriptor)
        sys.stdin = os.fdopen(0)
        sys.stdout, sys.stderr = (
            io.TextIOWrapper(os.fdopen(number, "wb", 0), write_through=True, errors=errors)
            for number, errors in ((1, "strict"), (2, "backslashreplace"))
        )


def _cores() -> set[int]:
    """Those that this thread may use, and so what it starts; none where the system does not say."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _run(
    command: list[str], environment: dict[str, str], folder: Path, cores: set[int], streams: _Descriptors,
    address: str | None,
) -> None:  # fmt: skip
    """The program in the new process, up to its exit. `address`: of the prepared process, for a program that
    may ask it for more."""
    os.setsid()
    server: Any = forkserver._forkserver  # noqa: SLF001
    if address is None:
        os.close(server._forkserver_alive_fd)  # noqa: SLF001 - it does not keep the prepared process alive
    else:
        _let_start_others(server, address)
    if cores:
        os.sched_setaffinity(0, cores)
    streams.install()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os._exit(_status_of(command))


def _let_start_others(server: Any, address: str) -> None:
    """The program asks the prepared process for its own processes, and none of these reads its main module."""
    server._forkserver_address, server.ensure_running = address, lambda: None  # noqa: SLF001
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # noqa: SLF001
    whole = spawn.get_preparation_data

    def without_main(name: str) -> dict[str, Any]:
        return {key: value for key, value in whole(name).items() if not key.startswith("init_main_")}

    spawn.get_preparation_data = without_main


def _status_of(command: list[str]) -> int:
    """Runs the program as the interpreter would, and gives its exit status."""
    status = 1
    try:
        if command[0] == "-m":
            sys.argv = command[1:]
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = command
            runpy.run_path(command[0], run_name="__main__")
        status = 0
    except SystemExit as end:
        status = _code(end)
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - waits for threads, as the interpreter does
    atexit._run_exitfuncs()  # noqa: SLF001
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    return status


def _code(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    print(end.code, file=sys.stderr)
    return 1
