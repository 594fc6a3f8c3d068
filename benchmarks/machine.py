"""What the benchmarks of processes share: who measured what, on which core, at what cost of processor and memory."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from benchmarks import harness

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SOURCES = Path(__file__).resolve().parent


def print_head(title: str, packages: Iterable[str]) -> None:
    """The benchmark, its command, the machine, the date and the versions of what takes part."""
    harness.print_head(title)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load average {load}\n{versions}\n")


# -- cores


def pin(core: int) -> None:
    """This process, and the threads and children it starts from now on, stay on one core where there are several."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > core:
        os.sched_setaffinity(0, {cores[core]})


def spread() -> None:
    """This process uses all cores again."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


SERVER_CORE, CLIENT_CORE = 0, 1


# -- cost


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process, to the nanosecond: its CPU clock, as clock_getcpuclockid(3) says."""
    return time.clock_gettime(~pid << 3 | 2)


def children(pid: int) -> list[int]:
    """Processes that a process has started and that live."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # A thread that has just ended.
            found += map(int, (task / "children").read_text().split())
    return found


def resident(pid: int) -> float:
    """MB of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# -- helpers in C++


def compiled(name: str, flags: Sequence[str] = (), variant: str = "") -> Path | None:
    """The program of benchmarks/<name>.cc, built into build/ when it is older; None where that cannot be done.

    Programs of one source that are built with other flags are told apart by their variants."""
    source, program = SOURCES / f"{name}.cc", BUILD / "benchmarks" / f"{name}{variant}"
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        return None
    program.parent.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-O2", "-std=c++17", "-o", str(program), str(source), *flags]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        print(f"{name}.cc was not built: {built.stderr.strip().splitlines()[0]}", file=sys.stderr)
        return None
    return program


def library_flags(package: str) -> list[str] | None:
    """What pkg-config says is needed for a C++ library; None where it is not installed."""
    if shutil.which("pkg-config") is None:
        return None
    found = subprocess.run(["pkg-config", "--cflags", "--libs", package], capture_output=True, text=True, check=False)
    return found.stdout.split() if found.returncode == 0 else None


def linux_only() -> None:
    """Ends the program where the measurements cannot be made."""
    if platform.system() != "Linux":
        raise SystemExit("this benchmark reads /proc and pins cores: it needs Linux")
