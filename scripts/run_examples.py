"""Runs every example against a server on simulated exchanges, as a user of the installed package would.

Each must print something and either end by itself or run until it is interrupted. The server takes a free port: the
default port lies in the range that systems give to outgoing connections, and any program may hold it.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE = 120.0
"""Seconds for a start on a machine that has other work."""
MORE = 4.0
"""Seconds for an error of an example that has printed something."""
ONEBOOK = [sys.executable, "-m", "onebook.cli"]
PAIRS = ["--pair", "BTC/USDT", "--pair", "ETH/USDT"]
SERVES = re.compile(r"onebook serves .* on \S+:(\d+), books in")


class Failed(Exception):
    """A process of the run ended or kept silent."""


class Background:
    """A process beside the examples, with a log that is shown when something fails."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen([*ONEBOOK, *arguments], stdout=output, stderr=output)

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, what: str, found: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not found():
            if self.process.poll() is not None:
                raise Failed(f"{self.log.name} ended with {self.process.returncode} before {what}")
            if time.monotonic() > end:
                raise Failed(f"{self.log.name}: no {what} within {PATIENCE:.0f} s")
            time.sleep(0.1)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def main(folder: Path) -> int:
    running: list[Background] = []
    with tempfile.TemporaryDirectory() as work:
        try:
            return run(folder, Path(work), running)
        except (Failed, subprocess.SubprocessError) as error:
            print(f"examples: {error}")
            for process in running:
                print(f"--- {process.log.name}\n{process.text()[-4000:]}")
            return 1
        finally:
            for process in reversed(running):
                process.end()


def run(folder: Path, work: Path, running: list[Background]) -> int:
    config = work / "sim.toml"
    running.append(Background(work / "sim", "sim", *PAIRS, "--write-config", str(config)))
    running[-1].wait_for("its configuration", config.exists)
    shared = f"examples-{os.getpid()}"
    flags = ["--shm", shared] if sys.platform.startswith("linux") else []
    running.append(Background(work / "serve", "serve", "--config", str(config), "--port", "0", *flags))
    server = running[-1]
    server.wait_for("its port", lambda: SERVES.search(server.text()) is not None)
    port = SERVES.search(server.text())
    assert port is not None
    target = f"127.0.0.1:{port[1]}"
    watch = [*ONEBOOK, "watch", "--server", target, "--plain", "--count", "20"]
    subprocess.run(watch, stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE)
    names = {"shared_memory.py": shared}
    paths = [path for path in sorted(folder.glob("*.py")) if flags or path.name not in names]
    failed = [path.name for path in paths if not runs(path, names.get(path.name, target))]
    print("examples: " + (f"failed: {', '.join(failed)}" if failed else "all ran"))
    return bool(failed)


def runs(path: Path, target: str) -> bool:
    """Whether an example prints something, and then ends without an error or goes on until it is ended."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-u", str(path), target], stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while process.poll() is None and not os.fstat(log.fileno()).st_size and time.monotonic() < end:
            time.sleep(0.1)
        with suppress(subprocess.TimeoutExpired):
            process.wait(MORE)
        process.terminate()
        process.wait()
        log.seek(0)
        output = log.read()
    good = bool(output.strip()) and b"Traceback" not in output
    if not good:
        print(f"--- {path.name}\n{output.decode(errors='replace')[-2000:]}")
    return good


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
